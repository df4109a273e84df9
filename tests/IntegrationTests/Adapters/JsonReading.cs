using System.Text.Json;

namespace Health.IntegrationTests.Adapters;

internal static class JsonReading
{
    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
