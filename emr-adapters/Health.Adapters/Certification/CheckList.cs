namespace Health.Adapters.Certification;

/// <summary>The items a hospital's interface is checked against, in the order of the report.</summary>
internal static class CheckList
{
    public const string Readable = "readable", Sender = "sender", Header = "header", ControlIds = "control-ids", Sequence = "sequence", Charset = "charset", Agreed = "agreed",
        RequiredFields = "required-fields", Mapped = "mapped", Times = "times", Future = "future", Zones = "zones", ResidentIds = "resident-ids", IdsAgree = "ids-agree",
        HealthCards = "health-cards", Oids = "oids", Order = "order", Triggers = "triggers", Resends = "resends", LocalCodes = "local-codes", UnmappedFields = "unmapped-fields",
        Completeness = "completeness";

    public readonly record struct Item(string Id, bool IsRequired, string Chinese, string English);

    public static readonly IReadOnlyList<Item> Items =
    [
        new(Readable, true, "消息可读（以 MSH 开头，分隔符可用）", "Every message can be read (begins with MSH, usable separators)"),
        new(Sender, true, "发送方与接入档案一致（MSH-3、MSH-4）", "The sender is the one of the profile (MSH-3, MSH-4)"),
        new(Header, true, "消息头字段齐全（MSH-7、9、10、11、12）", "The header is complete (MSH-7, 9, 10, 11, 12)"),
        new(ControlIds, true, "消息控制号不重复使用（MSH-10）", "A control id never stands for two messages (MSH-10)"),
        new(Sequence, false, "序列号连续（MSH-13）", "Sequence numbers are consecutive (MSH-13)"),
        new(Charset, true, "字符集与声明一致（MSH-18、接入档案）", "The bytes are the character set that MSH-18 and the profile name"),
        new(Agreed, true, "版本、事件、处理标识均已约定", "Versions, events and processing ids are those agreed"),
        new(RequiredFields, true, "各类消息必填段和字段齐全", "Segments and fields that a type must have are there"),
        new(Mapped, true, "消息均能转换为记录", "Every message can become a record"),
        new(Times, true, "日期时间有效", "Dates and times are on the calendar"),
        new(Future, true, "没有未来的日期时间", "No date or time lies in the future"),
        new(Zones, true, "时区明确", "Times without a zone are in that of the profile beyond doubt"),
        new(ResidentIds, true, "居民身份证号校验码正确", "The check digits of resident ID numbers are right"),
        new(IdsAgree, false, "出生日期、性别与身份证号一致", "Birth date and sex agree with the resident ID number"),
        new(HealthCards, true, "健康卡号格式正确", "Health card numbers are well-formed"),
        new(Oids, true, "机构 OID 格式正确", "OIDs of institutions are well-formed"),
        new(Order, true, "更新消息（A08 等）不早于入院或登记消息", "No update (A08 and others) comes before its admission or registration"),
        new(Triggers, false, "约定的事件均已出现", "Every agreed event was seen"),
        new(Resends, true, "未收到确认时原样重发", "A message whose acknowledgement is lost is sent again unchanged"),
        new(LocalCodes, false, "本地编码均有对照", "Every local code has a translation"),
        new(UnmappedFields, false, "有值字段均有映射", "Every field that carries a value is mapped"),
        new(Completeness, true, "与医院自身统计数量一致", "The numbers are those that the hospital counts itself"),
    ];
}
