namespace Health.SimulationTests.Day;

/// <summary>Every test of the one running city; they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OneCity : ICollectionFixture<City>
{
    public const string Name = "one city";
}

/// <summary>
/// One resident's day through the real doors only: sockets, HTTP, PC/SC. The steps build on each other, so they are one test; each step is a
/// file of its own.
/// </summary>
[Collection(OneCity.Name)]
public sealed class A_residents_day(City city)
{
    [Fact(DisplayName = "a resident's day")]
    public Task Passes_from_the_first_message_to_the_proof() => city.Day;

    internal static async Task<Desk> Live(City city)
    {
        await Institutions.Exist(city);
        var person = await HospitalMessages.Become_a_record(city);
        await CountyAdmission.Is_pulled_and_joins_the_record(city, person);
        await Repeats_and_errors.Do_no_harm(city, person);
        var desk = await CardVisit.Is_registered_and_paid(city, person);
        await TornCard.Is_proved_when_it_is_back(city, desk);
        await DatabaseDump.Names_residents_nowhere_but_in_the_name_index(city);
        await Proofs.Hold(city);
        return desk;
    }
}
