using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Health.Contracts;

namespace Health.Fhir.Search;

/// <summary>Where a page ended: the sort values and the rid of its last match.</summary>
public sealed record PagePosition(IReadOnlyList<string> SortValues, long Rid);

/// <summary>A page to come: the sequence at which the search looks, and the place after which it goes on.</summary>
public sealed record PageState(long Horizon, PagePosition After, long? Total);

/// <summary>
/// The token of a next link. It carries all state, so the server keeps none and links do not expire; it is signed together with the query
/// and who asked, so that it can be neither changed nor lent.
/// </summary>
public sealed class PageToken(IKeyring keyring)
{
    private const int SignatureBytes = 16, MaxCharacters = 8192;

    /// <param name="scope">What the token belongs to: caller, interaction and the query without its page.</param>
    public string Write(PageState state, string scope)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(state);
        var signed = new byte[SignatureBytes + payload.Length];
        payload.CopyTo(signed, SignatureBytes);
        Sign(payload, scope).TryWriteBytes(signed);
        return Base64Url.EncodeToString(signed);
    }

    /// <returns>Null when the token was changed, or belongs to another query or caller.</returns>
    public PageState? Read(string token, string scope)
    {
        if (token.Length > MaxCharacters || !Base64Url.IsValid(token, out var length) || length <= SignatureBytes) return null;
        var signed = Base64Url.DecodeFromChars(token);
        var payload = signed.AsSpan(SignatureBytes);
        return new Guid(signed.AsSpan(0, SignatureBytes)) == Sign(payload, scope) ? JsonSerializer.Deserialize<PageState>(payload) : null;
    }

    private Guid Sign(ReadOnlySpan<byte> payload, string scope) => keyring.Blind("page-token", $"{scope}\n{Encoding.UTF8.GetString(payload)}");
}
