using Health.Contracts;
using Microsoft.Extensions.Configuration;

namespace Health.Identity;

/// <summary>Settings of the identity module, section <c>Health:Identity</c>.</summary>
/// <param name="ClientsFolder">Folder of client registrations (<c>&lt;id&gt;.json</c>); null: registrations are left as they are.</param>
/// <param name="Issuer">The <c>iss</c> of every token, with trailing slash.</param>
/// <param name="Audience">The <c>aud</c> of access tokens: the platform's doors.</param>
/// <param name="AccessTokenLifetime">5 to 15 minutes.</param>
public sealed record IdentitySettings(string? ClientsFolder, Uri Issuer, string Audience, TimeSpan AccessTokenLifetime)
{
    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static IdentitySettings Read(IConfiguration configuration, NodeIdentity node)
    {
        var section = configuration.GetSection("Health:Identity");
        var issuer = section["Issuer"] ?? $"{node.BaseUrl}/identity/";
        if (!Uri.TryCreate(issuer.EndsWith('/') ? issuer : issuer + "/", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new InvalidOperationException($"The issuer '{issuer}' is not an absolute http(s) URL; check Health:BaseUrl or Health:Identity:Issuer.");
        if (uri.Scheme == "http" && !(node.IsDevelopment && uri.IsLoopback))
            throw new InvalidOperationException($"The issuer '{issuer}' is not https: plain http serves loopback addresses in Development only. Set Health:BaseUrl or Health:Identity:Issuer.");
        var minutes = section.GetValue("AccessTokenMinutes", 10);
        if (minutes is < 5 or > 15)
            throw new InvalidOperationException($"Health:Identity:AccessTokenMinutes is {minutes}; it must be 5 to 15.");
        return new IdentitySettings(section["ClientsFolder"], uri, node.BaseUrl, TimeSpan.FromMinutes(minutes));
    }

    /// <summary>Audiences a client may put into its assertion.</summary>
    public IEnumerable<string> AssertionAudiences => [Issuer.AbsoluteUri, Issuer.AbsoluteUri.TrimEnd('/'), new Uri(Issuer, "token").AbsoluteUri];
}
