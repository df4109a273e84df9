using System.CommandLine;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Spectre.Console;

namespace Health.Host.Commands;

/// <summary><c>health hl7 query</c>: asks a hospital for patients (QBP^Q22) and prints its answer.</summary>
internal static class Hl7QueryCommand
{
    private const int Wide = 160;

    public static Command Create()
    {
        var platform = new PlatformAddress.Options();
        var destination = new Option<string>("--destination") { Description = "Id of the destination profile of the hospital.", Required = true };
        var name = new Option<string?>("--name") { Description = "Whole name. 姓名" };
        var id = new Option<string?>("--id") { Description = "A number: patient number, resident ID number, card. 证件号" };
        var birth = new Option<string?>("--birth") { Description = "Date of birth, 1990-01-01. 出生日期" };
        var phone = new Option<string?>("--phone") { Description = "Telephone number. 电话" };
        var query = new Command("query", "Asks a hospital for patients over HL7 v2 and prints its answer; the question is audited. 查询医院患者") { destination, name, id, birth, phone };
        platform.AddTo(query);
        query.Validators.Add(result =>
        {
            if (new[] { name, id, birth, phone }.All(option => result.GetValue(option) is null))
                result.AddError("query needs --name, --id, --birth or --phone.");
            if (result.GetValue(birth) is { } text && !DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                result.AddError("--birth must be a date such as 1990-01-01.");
        });
        query.SetAction((parsed, ct) => Ask(
            platform.Read(parsed),
            new
            {
                destination = parsed.GetValue(destination), name = parsed.GetValue(name), identifier = parsed.GetValue(id),
                birthDate = parsed.GetValue(birth), phone = parsed.GetValue(phone),
            }, ct));
        return query;
    }

    private static async Task<int> Ask(PlatformAddress platform, object question, CancellationToken ct)
    {
        using var operators = await PlatformClient.Connect(platform, "demo-operator", ct);
        var answer = await PlatformClient.Answer(await operators.PostAsJsonAsync("/adapters/queries", question, ct), ct);
        AnsiConsole.Profile.Width = Wide;
        var table = new Table().AddColumns("numbers", "name", "birth", "sex", "phone", "address");
        foreach (var patient in answer.GetProperty("patients").EnumerateArray())
            table.AddRow(
                [Markup.Escape(string.Join(' ', patient.GetProperty("identifiers").EnumerateArray().Select(one => one.GetString()))),
                .. new[] { "name", "birthDate", "sex", "phone", "address" }.Select(field => Markup.Escape(patient.GetProperty(field).GetString() ?? ""))]);
        AnsiConsole.Write(table);
        foreach (var problem in answer.GetProperty("problems").EnumerateArray()) Terminal.WriteLine(problem.GetString());
        var more = answer.GetProperty("isComplete").GetBoolean() ? "" : ", and more that were not fetched";
        Terminal.WriteLine($"status {answer.GetProperty("status").GetString()}, {table.Rows.Count} patients{more}");
        return answer.GetProperty("status").GetString() is "OK" or "NF" or "" ? 0 : 1;
    }
}
