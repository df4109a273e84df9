using Health.Identity.Accounts;

namespace Health.UnitTests.Identity;

public sealed class A_password
{
    [Fact]
    public void verifies_against_its_own_hash_alone()
    {
        var stored = PasswordHash.Create("correct horse");
        Assert.True(PasswordHash.Verify("correct horse", stored));
        Assert.False(PasswordHash.Verify("Correct horse", stored));
        Assert.DoesNotContain("correct", stored);
        Assert.NotEqual(stored, PasswordHash.Create("correct horse"));
    }

    [Fact]
    public void stored_in_another_form_is_an_error_not_a_mismatch()
    {
        Assert.Throws<FormatException>(() => PasswordHash.Verify("x", "x"));
    }
}
