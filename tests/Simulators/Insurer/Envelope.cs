using System.Text.Json;
using System.Text.Json.Nodes;

namespace Health.Simulators.Insurer;

/// <summary>A request of the national interface, as far as the simulator judges it.</summary>
public sealed record Envelope(string Infno, string Msgid, string Institution, JsonElement Input)
{
    /// <summary>Null with the reason when the form is wrong.</summary>
    public static Envelope? Read(JsonElement body, out string? error)
    {
        error = null;
        foreach (var field in new[] { "infno", "msgid", "mdtrtarea_admvs", "insuplc_admdvs", "sign_no", "opter", "opter_name", "opter_type", "fixmedins_code", "inf_time", "input" })
            if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty(field, out _))
            {
                error = $"{field} 不能为空";
                return null;
            }
        var msgid = body.GetProperty("msgid").GetString() ?? "";
        var institution = body.GetProperty("fixmedins_code").GetString() ?? "";
        if (msgid.Length != 30 || institution.Length != 12 || !msgid.StartsWith(institution, StringComparison.Ordinal) || !msgid[12..].All(char.IsAsciiDigit))
        {
            error = "msgid 应为定点机构编码(12)+yyyyMMddHHmmss+顺序号(4)";
            return null;
        }
        return new Envelope(body.GetProperty("infno").GetString() ?? "", msgid, institution, body.GetProperty("input"));
    }

    /// <summary>A text of one node of the input; empty when absent.</summary>
    public string Text(string node, string field) =>
        Input.ValueKind == JsonValueKind.Object && Input.TryGetProperty(node, out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty(field, out var value)
            ? value.ToString() : "";
}

/// <summary>infcode 0 with an output, or -1 with a reason.</summary>
public sealed record Answer(bool Ok, string Error, JsonObject Output)
{
    public static Answer Accept(JsonObject output) => new(true, "", output);
    public static Answer Refuse(string error) => new(false, error, []);

    public JsonObject ToJson(string msgid, DateTimeOffset now) => new()
    {
        ["infcode"] = Ok ? 0 : -1,
        ["inf_refmsgid"] = $"510700{now:yyyyMMddHHmmssfff}{msgid[^7..]}",
        ["refmsg_time"] = $"{now:yyyyMMddHHmmssfff}",
        ["err_msg"] = Error,
        ["output"] = Output.DeepClone(),
    };
}
