namespace Health.Fhir.FhirPath;

/// <summary>How compiled pieces are put together.</summary>
internal static class Ops
{
    public static Op Constant(Item item) => (e, _) => e.One(item);

    public static Op Then(Op first, Op second) => (e, input) =>
    {
        var mark = e.Top;
        return e.Keep(mark, second(e, first(e, input)));
    };

    public static Op Indexed(Op collection, Op index) => (e, input) =>
    {
        var mark = e.Top;
        var found = collection(e, input);
        var place = e.Single(Outer(e, index), "[ ]");
        var result = place is { Kind: ItemKind.Integer, Number: >= 0 } item && item.Number < found.Count ? new Range(found.Start + (int)item.Number, 1) : Range.Empty;
        return result.IsEmpty ? Nothing(e, mark) : e.Keep(mark, result);
    };

    public static Range Nothing(Evaluator e, int mark)
    {
        e.Release(mark);
        return Range.Empty;
    }

    /// <summary>An argument is evaluated on what surrounds the call, not on what it is called on.</summary>
    public static Range Outer(Evaluator e, Op argument) => argument(e, e.This);

    public static Op Variable(string name) => name switch
    {
        "resource" => (e, _) => e.One(Item.Of(e.Resource, -1, e.Tree[e.Resource].Type)),
        "rootResource" => (e, _) => e.One(Item.Of(e.Root, -1, e.Tree[e.Root].Type)),
        "context" => (e, _) => e.One(e.Focus),
        "ucum" => Constant(Item.Of("http://unitsofmeasure.org")),
        "sct" => Constant(Item.Of("http://snomed.info/sct")),
        "loinc" => Constant(Item.Of("http://loinc.org")),
        _ when name.StartsWith("vs-", StringComparison.Ordinal) => Constant(Item.Of("http://hl7.org/fhir/ValueSet/" + name[3..])),
        _ when name.StartsWith("ext-", StringComparison.Ordinal) => Constant(Item.Of("http://hl7.org/fhir/StructureDefinition/" + name[4..])),
        _ => throw new FhirPathException($"The variable %{name} is not known: %resource, %rootResource, %context, %ucum, %sct, %loinc, %`vs-…`, %`ext-…`."),
    };
}
