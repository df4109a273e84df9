using System.Globalization;
using Npgsql;

namespace Health.CardBridge.Offline;

/// <summary>A block of visit numbers for a desk and a day; both ends included.</summary>
public sealed record NumberBlock(DateOnly Day, int Block, int First, int Last);

/// <summary>Blocks of visit numbers that a desk may give while it is alone. They come out of the institution's counter: a number is never given twice.</summary>
public sealed class OfflineNumbers(NpgsqlDataSource database)
{
    public const int Size = 50, MostBlocks = 20;

    /// <summary>The same block again for a repeat.</summary>
    public async Task<NumberBlock> Take(string deskId, string institutionCode, DateOnly day, int block, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // The counter's row is the lock: two requests for the same block meet there.
        await using var count = new NpgsqlCommand(
            "insert into cards.visit_counter (institution_code, day, last) values ($1, $2, 0) on conflict (institution_code, day) do update set last = visit_counter.last returning last", connection, transaction);
        count.Parameters.Add(new() { Value = institutionCode });
        count.Parameters.Add(new() { Value = day });
        var last = (int)(await count.ExecuteScalarAsync(ct))!;
        await using var known = new NpgsqlCommand("select first, last from cards.offline_numbers where desk_id = $1 and day = $2 and block = $3", connection, transaction);
        known.Parameters.Add(new() { Value = deskId });
        known.Parameters.Add(new() { Value = day });
        known.Parameters.Add(new() { Value = block });
        await using (var reader = await known.ExecuteReaderAsync(ct))
            if (await reader.ReadAsync(ct)) return new NumberBlock(day, block, reader.GetInt32(0), reader.GetInt32(1));
        await using var take = new NpgsqlCommand(
            """
            with moved as (update cards.visit_counter set last = last + $4 where institution_code = $2 and day = $3)
            insert into cards.offline_numbers (desk_id, institution_code, day, block, first, last) values ($1, $2, $3, $5, $6, $7)
            """, connection, transaction);
        foreach (object value in new object[] { deskId, institutionCode, day, Size, block, last + 1, last + Size }) take.Parameters.Add(new() { Value = value });
        await take.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return new NumberBlock(day, block, last + 1, last + Size);
    }

    /// <summary>Whether the desk holds this number and no offline visit has it.</summary>
    public async Task<bool> IsFree(string deskId, string institutionCode, string visitNumber, CancellationToken ct)
    {
        if (visitNumber.Length != 14 || visitNumber[0] != 'C' || !DateOnly.TryParseExact(visitNumber[1..9], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || !int.TryParse(visitNumber[9..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        await using var command = database.CreateCommand(
            """
            select exists (select 1 from cards.offline_numbers where desk_id = $1 and institution_code = $2 and day = $3 and $4 between first and last)
                and not exists (select 1 from cards.offline_visit where institution_code = $2 and visit_number = $5)
            """);
        foreach (object value in new object[] { deskId, institutionCode, day, number, visitNumber }) command.Parameters.Add(new() { Value = value });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
