using Health.Fhir.Search;

namespace Health.UnitTests.Search;

public sealed class A_number_of_a_search
{
    [Theory]
    [InlineData("100", 99.5, 100.5)]
    [InlineData("100.00", 99.995, 100.005)]
    [InlineData("1e2", 95, 105)]
    [InlineData("1.0e2", 95, 105)]
    [InlineData("-0.5", -0.55, -0.45)]
    [InlineData("0", -0.5, 0.5)]
    public void means_the_range_of_its_digits(string text, double low, double high)
    {
        Assert.True(NumberRange.TryImplicit(text, out var range));
        Assert.Equal(new NumberRange(low, high), range);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,5")]
    [InlineData("five")]
    [InlineData("NaN")]
    [InlineData("1e999")]
    [InlineData("0x10")]
    [InlineData("1e-99999999999")]
    [InlineData("1e-2147483648")]
    public void is_refused_when_it_is_none(string text) => Assert.False(NumberRange.TryImplicit(text, out _));

    [Theory]
    [InlineData("mg", "g1", 1e-3)]
    [InlineData("mg/dL", "g1.m-3", 10)]
    [InlineData("mmol/L", "m-3.mol1", 1)]
    [InlineData("10*9/L", "m-3", 1e12)]
    [InlineData("/min", "s-1", 1 / 60.0)]
    [InlineData("kg/m2", "g1.m-2", 1000)]
    [InlineData("mm[Hg]", "g1.m-1.s-2", 133322)]
    [InlineData("V", "C-1.g1.m2.s-2", 1000)]
    [InlineData("mL/(min.kg)", "g-1.m3.s-1", 1e-9 / 60)]
    [InlineData("(mg)/L", "g1.m-3", 1)]
    [InlineData("/(24.h)", "s-1", 1 / 86400.0)]
    [InlineData("dyn.s/cm5", "g1.m-4.s-1", 1e8)]
    [InlineData("%", "1", 0.01)]
    [InlineData("{beats}/min", "s-1", 1 / 60.0)]
    [InlineData("10*3{cells}/uL", "m-3", 1e12)]
    [InlineData("{score}", "1", 1)]
    [InlineData("/100{WBC}", "1", 0.01)]
    [InlineData("U/L", "m-3.mol1.s-1", 1e-6 / 60 * 1000)]
    [InlineData("cm[H2O]", "g1.m-1.s-2", 98066.5)]
    [InlineData("ug/kg/h", "s-1", 1e-9 / 3600)]
    public void has_its_unit_brought_to_base_units(string code, string unit, double factor)
    {
        var canonical = CanonicalUnits.Of(CanonicalUnits.Ucum, code)!;
        Assert.Equal(unit, canonical.Unit);
        Assert.Equal(factor, canonical.Factor, factor * 1e-9);
    }

    [Theory]
    [InlineData(100, "mg/dL", 1, "g/L")]
    [InlineData(140, "mg/dL", 1.4, "g/L")]
    [InlineData(0.1, "mg", 100, "ug")]
    [InlineData(37, "Cel", 98.6, "[degF]")]
    [InlineData(120, "mm[Hg]", 15.99864, "kPa")]
    [InlineData(90, "min", 1.5, "h")]
    [InlineData(60, "W", 60, "J/s")]
    [InlineData(3.6, "MJ", 1, "kW.h")]
    [InlineData(5, "N/m2", 5, "Pa")]
    [InlineData(2, "V", 2, "W/A")]
    [InlineData(2, "Sv", 2, "J/kg")]
    [InlineData(290, "mosm/kg", 290, "mmol/kg")]
    [InlineData(60, "U/L", 1, "ukat/L")]
    public void is_equal_to_the_same_quantity_in_another_unit(double value, string unit, double other, string otherUnit) =>
        Assert.Equal(CanonicalUnits.Of(CanonicalUnits.Ucum, unit)!.Convert(value), CanonicalUnits.Of(CanonicalUnits.Ucum, otherUnit)!.Convert(other));

    [Theory]
    [InlineData("[pH]")]
    [InlineData("{score")]
    [InlineData("(mg/L")]
    [InlineData("mg)/L")]
    [InlineData("mg//L")]
    [InlineData("((((((((((mg))))))))))")]
    [InlineData("/")]
    [InlineData("g.")]
    [InlineData("Tm30.Tm30")]
    [InlineData("mg//dL")]
    [InlineData("nonsense")]
    [InlineData("m99999999999")]
    public void keeps_a_unit_that_is_no_plain_factor(string code) => Assert.Null(CanonicalUnits.Of(CanonicalUnits.Ucum, code));
}
