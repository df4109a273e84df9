using System.Reflection;
using Mono.Cecil;

namespace Health.ArchitectureTests;

/// <summary>
/// Types named *State or *Decider, and namespaces Mapping, Matching and Charts, are functions of their arguments: no store, no web, no
/// clock, no random id. Read from IL, so that a fully qualified call is seen as well.
/// </summary>
public static class PurityRules
{
    private static readonly string[] ForbiddenNamespaces = ["Marten", "JasperFx", "Wolverine", "Microsoft.AspNetCore", "Npgsql", "System.Data", "System.Net.Http"];

    private static readonly string[] ForbiddenMembers =
    [
        "System.DateTime::get_Now", "System.DateTime::get_UtcNow", "System.DateTime::get_Today",
        "System.DateTimeOffset::get_Now", "System.DateTimeOffset::get_UtcNow",
        "System.TimeProvider::", "System.Diagnostics.Stopwatch::", "System.Environment::get_TickCount",
        "System.Guid::NewGuid", "System.Guid::CreateVersion7", "System.Random::", "System.Security.Cryptography.RandomNumberGenerator::",
    ];

    public static bool MustBePure(TypeDefinition type)
    {
        var outer = type;
        while (outer.DeclaringType is not null) outer = outer.DeclaringType;
        var name = outer.Name;
        var inPureNamespace = outer.Namespace.Split('.').Any(part => part is "Mapping" or "Matching" or "Charts");
        return inPureNamespace || name.EndsWith("State", StringComparison.Ordinal) || name.EndsWith("Decider", StringComparison.Ordinal);
    }

    public static IEnumerable<string> Impurities(Assembly assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        return [.. module.GetTypes().Where(MustBePure).SelectMany(Impurities).Distinct()];
    }

    /// <summary>How many types the rule looks at: a rule that matches nothing proves nothing.</summary>
    public static int Watched(Assembly assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        return module.GetTypes().Count(type => MustBePure(type) && type.HasMethods);
    }

    private static IEnumerable<string> Impurities(TypeDefinition type)
    {
        foreach (var field in type.Fields)
            if (IsForbidden(field.FieldType)) yield return $"{type.FullName}.{field.Name} holds a {field.FieldType.FullName}";
        foreach (var method in type.Methods)
        {
            foreach (var parameter in method.Parameters)
                if (IsForbidden(parameter.ParameterType)) yield return $"{type.FullName}.{method.Name} takes a {parameter.ParameterType.FullName}";
            foreach (var called in Calls(method))
                if (IsForbidden(called.DeclaringType) || ForbiddenMembers.Any(member => $"{called.DeclaringType.FullName}::{called.Name}".StartsWith(member, StringComparison.Ordinal)))
                    yield return $"{type.FullName}.{method.Name} uses {called.DeclaringType.FullName}.{called.Name}";
        }
    }

    private static IEnumerable<MemberReference> Calls(MethodDefinition method) =>
        method.HasBody ? method.Body.Instructions.Select(i => i.Operand).OfType<MemberReference>().Where(m => m.DeclaringType is not null) : [];

    private static bool IsForbidden(TypeReference type) =>
        ForbiddenNamespaces.Any(ns => type.FullName.StartsWith(ns + ".", StringComparison.Ordinal));
}
