using Health.Adapters.Mapping.Tables;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>CWE, CE, CNE and the coded simple types to CodeableConcept: codings in the order sent, the local one usually first.</summary>
internal static class CodeableConcepts
{
    /// <param name="name">Null writes a member of an array.</param>
    /// <param name="place">Field path such as <c>OBX-3</c>; names the code system of codes that name none.</param>
    /// <param name="standard">System of the codes that name none, where HL7 defines it and the code belongs to it.</param>
    public static void Concept(this Patch patch, string? name, RepetitionView cwe, MappingRun run, string place, CodeTable? standard = null)
    {
        var code = cwe.Text(1);
        var system = cwe.Text(3);
        patch.Object(name);
        patch.Array("coding");
        if (run.LocalCode(place, system, code) is { } national) patch.Coding(null, national.System, national.Code, national.Display);
        if (standard is not null && system is null && code is not null && standard.Find(code) is { } known)
            patch.Coding(null, known.System, known.Code, known.Display, known.Display is null ? cwe.Component(2) : default);
        else
            patch.Coding(null, CodeSystems.Of(system, run, place), code, null, cwe.Component(2), cwe.Component(7));
        if (cwe.Text(4) is { } alternate) patch.Coding(null, CodeSystems.Of(cwe.Text(6), run, place, ".4"), alternate, null, cwe.Component(5), cwe.Component(8));
        if (cwe.Text(10) is { } second) patch.Coding(null, CodeSystems.Of(cwe.Text(12), run, place, ".10"), second, null, cwe.Component(11), cwe.Component(13));
        patch.End();
        var text = cwe.Component(9).Or(cwe.Component(2)).Or(cwe.Component(5));
        if (text.HasText()) patch.Text("text", text);
        else if (code is not null && !IsCode(code)) patch.Text("text", code);
        patch.End();
    }

    /// <summary>A CWE inside a component, as in SPS.1: its parts are subcomponents.</summary>
    public static void Concept(this Patch patch, string? name, ComponentView cwe, MappingRun run, string place)
    {
        patch.Object(name);
        patch.Array("coding");
        patch.Coding(null, CodeSystems.Of(cwe.Sub(3).Text(), run, place), cwe.Sub(1).Text(), null, cwe.Sub(2));
        if (cwe.Sub(4).Text() is { } alternate) patch.Coding(null, CodeSystems.Of(cwe.Sub(6).Text(), run, place, ".4"), alternate, null, cwe.Sub(5));
        patch.End();
        patch.Text("text", cwe.Sub(2).Or(cwe.Sub(5)));
        patch.End();
    }

    /// <summary>An element of one concept with the field's three states.</summary>
    public static void Concept(this Patch patch, string name, FieldView field, MappingRun run, string place, CodeTable? standard = null)
    {
        if (patch.Says(name, field)) patch.Concept(name, field.Repetition(1), run, place, standard);
    }

    /// <summary>An element that repeats, one concept per repetition.</summary>
    public static void Concepts(this Patch patch, string name, FieldView field, MappingRun run, string place, CodeTable? standard = null)
    {
        if (!patch.Says(name, field)) return;
        patch.Array(name);
        foreach (var repetition in field.Repetitions) patch.Concept(null, repetition, run, place, standard);
        patch.End();
    }

    /// <summary>
    /// A name without a code is a coding of its display alone (CWE.2 in HL7's map); text that cannot be a FHIR code stays with <c>text</c>.
    /// </summary>
    public static void Coding(this Patch patch, string? name, string? system, string? code, string? display = null, ComponentView said = default, ComponentView version = default)
    {
        if (code is null || !IsCode(code))
        {
            if (code is not null) return;
            patch.Object(name);
            patch.Text("display", said);
            patch.End();
            return;
        }

        patch.Object(name);
        patch.Text("system", system);
        patch.Text("version", version);
        patch.Text("code", code);
        if (display is not null) patch.Text("display", display);
        else patch.Text("display", said);
        patch.End();
    }

    /// <summary>A concept of one fixed coding.</summary>
    public static void Fixed(this Patch patch, string? name, string system, string code)
    {
        patch.Object(name);
        patch.Array("coding");
        patch.Coding(null, system, code);
        patch.End();
        patch.End();
    }

    /// <summary>FHIR code: no outer blanks, single spaces inside.</summary>
    public static bool IsCode(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsWhiteSpace(text[i]) && (text[i] != ' ' || i == 0 || i == text.Length - 1 || text[i - 1] == ' ')) return false;
        return text.Length > 0;
    }
}
