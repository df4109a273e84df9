namespace Health.Adapters.Mapping;

/// <summary>The fields of a segment that a mapping reads; all others are reported as unmapped when they carry a value.</summary>
internal readonly struct FieldSet
{
    private const int Limit = 128;
    private readonly UInt128 bits;

    private FieldSet(UInt128 bits) => this.bits = bits;

    public static FieldSet Of(params ReadOnlySpan<int> fields)
    {
        var bits = UInt128.Zero;
        foreach (var field in fields) bits |= UInt128.One << field;
        return new FieldSet(bits);
    }

    public bool Contains(int field) => field < Limit && (bits >> field & UInt128.One) != 0;
}
