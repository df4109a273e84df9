using System.Security.Cryptography;
using System.Text.Json;
using Health.Contracts;

namespace Health.Broker.Keys;

/// <summary>The key-encryption key, in a file outside the database: <c>{"id": …, "key": base64 of 32 bytes}</c>.</summary>
internal static class KeyFile
{
    private sealed record Content(string Id, byte[] Key);

    /// <param name="mayCreate">Development on a database without keys; elsewhere a missing file stops the start.</param>
    /// <exception cref="InvalidOperationException">The file is missing or is not a key file.</exception>
    public static DataKey Read(string path, bool mayCreate)
    {
        if (!File.Exists(path))
        {
            if (!mayCreate)
                throw new InvalidOperationException($"The key file {path} is missing. Name the existing one in Health:Broker:KeyFile; without it nothing in the database can be read.");
            var fresh = new Content($"kek:{RandomId.New()}", RandomNumberGenerator.GetBytes(32));
            DurableFile.CreateSecret(path, JsonSerializer.SerializeToUtf8Bytes(fresh, JsonSerializerOptions.Web));
        }

        return Parse(path);
    }

    private static AesDataKey Parse(string path)
    {
        const string Form = "it must be {\"id\": …, \"key\": base64 of 32 bytes}";
        try
        {
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
            return content is { Id.Length: > 0, Key.Length: 32 }
                ? new AesDataKey(content.Id, content.Key)
                : throw new InvalidOperationException($"{path} is not a key file: {Form}.");
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{path} is not a key file: {Form}.", e);
        }
    }
}
