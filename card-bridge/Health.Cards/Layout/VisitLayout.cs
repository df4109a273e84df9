namespace Health.Cards;

/// <summary>A field of a visit record: its name (with its number where it repeats, e.g. <c>诊断名2</c>), its form, and where it stands.</summary>
public sealed record VisitField(CardItem Item, int Offset)
{
    public string Name => Item.Name;
}

/// <summary>
/// The content of an outpatient record (files ED01 to ED05, profile §1.1): 170 items in 3,013 bytes, then signature and certificate. The 147 items of an inpatient record
/// are not published with their lengths: its 1,639 bytes are carried as they are.
/// </summary>
public static class VisitLayout
{
    public const int OutpatientSize = 3013, InpatientSize = 1639, SignatureSize = 64, CertificateSize = 190;

    public static IReadOnlyList<VisitField> Outpatient { get; } = Build();

    /// <summary>When the visit was: the field by which the oldest record is found.</summary>
    public static VisitField OutpatientTime { get; } = Outpatient.First(field => field.Name == "就诊日期时间");

    private static readonly Dictionary<string, VisitField> ByName = Outpatient.ToDictionary(field => field.Name, StringComparer.Ordinal);

    /// <summary>The 3,013 bytes; fields that are not given are blank. Throws <see cref="ArgumentException"/> for a name that is none and a value that does not fit.</summary>
    public static byte[] Encode(IReadOnlyDictionary<string, string> values)
    {
        if (values.Keys.FirstOrDefault(name => !ByName.ContainsKey(name)) is { } unknown) throw new ArgumentException($"An outpatient record has no field {unknown}.", nameof(values));
        var content = new byte[OutpatientSize];
        foreach (var field in Outpatient)
        {
            var place = content.AsSpan(field.Offset, field.Item.Length);
            if (values.TryGetValue(field.Name, out var text)) field.Item.Encode(text).CopyTo(place);
            else place.Fill(field.Item.Type == ItemType.Cn ? (byte)0xFF : (byte)0);
        }
        return content;
    }

    /// <summary>The fields that are not blank; a packed field that holds no digits is left out.</summary>
    public static IReadOnlyDictionary<string, string> Decode(ReadOnlySpan<byte> content)
    {
        if (content.Length != OutpatientSize) throw new ArgumentException($"An outpatient record has {OutpatientSize} bytes.", nameof(content));
        Dictionary<string, string> values = [];
        foreach (var field in Outpatient)
            if (field.Item.Decode(content.Slice(field.Offset, field.Item.Length)) is { Length: > 0 } text) values[field.Name] = text;
        return values;
    }

    private static List<VisitField> Build()
    {
        List<VisitField> fields = [];
        var at = 0;
        void Add(string name, ItemType type, int length)
        {
            fields.Add(new VisitField(new CardItem((byte)(fields.Count + 1), name, type, length), at));
            at += length;
        }
        void Repeat(int times, params ReadOnlySpan<(string Name, ItemType Type, int Length)> group)
        {
            for (var i = 1; i <= times; i++)
                foreach (var (name, type, length) in group) Add($"{name}{i}", type, length);
        }
        Once(("机构名称", ItemType.Ans, 70), ("机构代码", ItemType.Ans, 10), ("就诊日期时间", ItemType.Cn, 7), ("门诊号", ItemType.Ans, 18), ("科室", ItemType.Ans, 50), ("付款方式", ItemType.Cn, 1));
        Repeat(5, ("症状名", ItemType.Ans, 50), ("症状码", ItemType.Ans, 5), ("诊断日期", ItemType.Cn, 4), ("诊断名", ItemType.Ans, 50), ("诊断码", ItemType.Ans, 7), ("发病日期时间", ItemType.Cn, 7), ("症状持续", ItemType.Cn, 2));
        Repeat(10, ("检验名", ItemType.Ans, 80), ("检验结果码", ItemType.Cn, 1), ("检验定量结果", ItemType.Cn, 5), ("检验单位", ItemType.Ans, 20), ("检验代码", ItemType.Ans, 20));
        Repeat(5, ("药名", ItemType.Ans, 50), ("剂型", ItemType.Cn, 1), ("用药天数", ItemType.Cn, 3), ("用药频率", ItemType.Ans, 20), ("剂量单位", ItemType.Ans, 6), ("次剂量", ItemType.Cn, 3), ("总剂量", ItemType.Cn, 6), ("用药途径", ItemType.Cn, 2));
        Repeat(3, ("手术名", ItemType.Ans, 80), ("手术码", ItemType.Ans, 5), ("手术日期", ItemType.Cn, 4));
        Repeat(10, ("费用类", ItemType.Ans, 20), ("费用码", ItemType.Cn, 1), ("费用额", ItemType.Cn, 4));
        return fields;

        void Once(params ReadOnlySpan<(string Name, ItemType Type, int Length)> single)
        {
            foreach (var (name, type, length) in single) Add(name, type, length);
        }
    }
}
