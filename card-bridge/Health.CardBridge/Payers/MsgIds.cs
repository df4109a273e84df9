using System.Globalization;
using Npgsql;

namespace Health.CardBridge.Payers;

/// <summary>Message numbers of the national interface: institution 12, yyyyMMddHHmmss in China time, four digits.</summary>
public sealed class MsgIds(NpgsqlDataSource database)
{
    private static readonly TimeSpan China = TimeSpan.FromHours(8);

    /// <param name="count">How many are needed; all of one second.</param>
    public async Task<string[]> Next(string institutionCode, DateTimeOffset now, int count, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select nextval('cards.msgid_seq') from generate_series(1, $1)");
        command.Parameters.Add(new() { Value = count });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<string>(count);
        while (await reader.ReadAsync(ct)) ids.Add(Form(institutionCode, now, (int)reader.GetInt64(0)));
        return [.. ids];
    }

    public static string Form(string institutionCode, DateTimeOffset now, int sequence)
    {
        if (institutionCode.Length != 12) throw new ArgumentException("An institution code has 12 characters.", nameof(institutionCode));
        return string.Create(CultureInfo.InvariantCulture, $"{institutionCode}{now.ToOffset(China):yyyyMMddHHmmss}{sequence:D4}");
    }
}
