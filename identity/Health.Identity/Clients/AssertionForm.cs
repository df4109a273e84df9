using Health.Contracts;
using Microsoft.AspNetCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Health.Identity.Clients;

/// <summary>
/// Takes client assertions as SMART writes them (header typ <c>JWT</c> or none, audience = token URL, RS384 or ES384), which the server alone
/// would refuse: it wants typ <c>client-authentication+jwt</c> (RFC 7523bis) and the issuer as audience. Both forms pass; any other typ does not.
/// </summary>
internal sealed class AssertionForm(IdentitySettings settings, NodeIdentity node) : IOpenIddictServerHandler<ValidateTokenContext>
{
    private const string StrictType = "client-authentication+jwt";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseSingletonHandler<AssertionForm>()
        .SetOrder(OpenIddictServerHandlers.Protection.ResolveTokenValidationParameters.Descriptor.Order + 1)
        .Build();

    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (!context.ValidTokenTypes.Contains(OpenIddictConstants.TokenTypeIdentifiers.Private.ClientAssertion)) return default;
        var parameters = context.TokenValidationParameters ?? throw new InvalidOperationException("The validation parameters are not resolved yet.");
        parameters.ValidAlgorithms = [SecurityAlgorithms.RsaSha384, SecurityAlgorithms.EcdsaSha384];
        parameters.TypeValidator = static (type, _, _) => type is null or "" or "JWT" or StrictType or "application/" + StrictType
            ? StrictType
            : throw new SecurityTokenInvalidTypeException($"A client assertion has typ JWT, not '{type}'.") { InvalidType = type };
        foreach (var audience in settings.AssertionAudiences) context.ValidAudiences.Add(audience);
        foreach (var audience in Loopback(context)) context.ValidAudiences.Add(audience);
        return default;
    }

    // In Development the port may differ from the base address of the settings. The host name of a request is otherwise never trusted:
    // it would let an assertion made for another server be played here.
    private IEnumerable<string> Loopback(ValidateTokenContext context)
    {
        if (!node.IsDevelopment || context.Transaction.GetHttpRequest() is not { } request) yield break;
        if (Uri.TryCreate($"{request.Scheme}://{request.Host}/identity/token", UriKind.Absolute, out var uri) && uri.IsLoopback) yield return uri.AbsoluteUri;
    }
}
