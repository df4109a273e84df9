using System.Reflection;
using System.Text.Json.Serialization;

namespace Health.IntegrationTests.Conformance;

/// <summary>Test data for a type: every member has a value that tells by itself where it belongs, and none names a person.</summary>
internal static class SampleValues
{
    private const int MostDepth = 6;

    public static object Of(Type type, string name, int depth = 0)
    {
        if (depth > MostDepth) throw new InvalidOperationException($"{type} is nested too deeply for a sample.");
        if (Nullable.GetUnderlyingType(type) is { } inner) return Of(inner, name, depth);
        if (type == typeof(string)) return $"{char.ToLowerInvariant(name[0])}{name[1..]}-1";
        if (type == typeof(int)) return 7;
        if (type == typeof(long)) return 12_345L;
        if (type == typeof(short)) return (short)7;
        if (type == typeof(bool)) return true;
        if (type == typeof(decimal)) return 12.34m;
        if (type == typeof(Guid)) return new Guid("01234567-89ab-7cde-8f01-23456789abcd");
        if (type == typeof(DateOnly)) return new DateOnly(2026, 3, 1);
        if (type == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 3, 1, 8, 0, 0, 120, TimeSpan.FromHours(8));
        if (type == typeof(byte[])) return new byte[] { 0xDE, 0xAD, 0xBE, 0xEF };
        if (type == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>([0xDE, 0xAD, 0xBE, 0xEF]);
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!;
        if (ItemOf(type) is { } item)
        {
            var items = Array.CreateInstance(item, 2);
            for (var i = 0; i < items.Length; i++) items.SetValue(Of(item, name, depth + 1), i);
            return items;
        }

        return Composite(type, depth);
    }

    private static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var open && (open == typeof(IReadOnlyList<>) || open == typeof(IReadOnlyCollection<>)) ? type.GetGenericArguments()[0] : null;

    private static object Composite(Type type, int depth)
    {
        var constructor = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public).OrderByDescending(each => each.GetParameters().Length).First();
        var parameters = constructor.GetParameters();
        var value = constructor.Invoke([.. parameters.Select(parameter => Of(parameter.ParameterType, parameter.Name!, depth + 1))]);
        foreach (var property in type.GetProperties())
        {
            var isGiven = parameters.Any(parameter => parameter.Name!.Equals(property.Name, StringComparison.OrdinalIgnoreCase));
            if (isGiven || !property.CanWrite || property.GetCustomAttribute<JsonIgnoreAttribute>() is not null) continue;
            property.SetValue(value, Of(property.PropertyType, property.Name, depth + 1));
        }

        return value;
    }
}
