using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Health.Identity.Clients;

/// <summary>
/// A client assertion that does not hold is <c>invalid_client</c>, HTTP 401 (RFC 6749 §5.2); the server alone answers 400
/// <c>invalid_token</c> or <c>invalid_grant</c> to some.
/// </summary>
internal sealed class ClientErrors : IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyTokenResponseContext>()
        .UseSingletonHandler<ClientErrors>()
        .SetOrder(int.MinValue + 50_000)
        .Build();

    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (context.Request is { ClientAssertion: not null } request && request.IsClientCredentialsGrantType()
            && context.Response.Error is OpenIddictConstants.Errors.InvalidToken or OpenIddictConstants.Errors.InvalidGrant)
            context.Response.Error = OpenIddictConstants.Errors.InvalidClient;
        return default;
    }
}
