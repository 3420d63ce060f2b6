using OptiInfra.Contracts.Access;

namespace OptiInfra.Gateway.SignIn.OAuth;

/// <summary>An identity provider and what its claims mean here.</summary>
public sealed record OAuthOptions
{
    /// <summary>As the sign-in page calls it.</summary>
    public string Name { get; init; } = "your identity provider";
    /// <summary>The issuer whose <c>/.well-known/openid-configuration</c> names the endpoints and keys; null when they are named one by one.</summary>
    public Uri? Authority { get; init; }
    /// <summary>Of the id token, and part of everybody's identity; needed without <see cref="Authority"/>.</summary>
    public string? Issuer { get; init; }
    public Uri? AuthorizationEndpoint { get; init; }
    public Uri? TokenEndpoint { get; init; }
    public Uri? UserInfoEndpoint { get; init; }
    public Uri? JwksEndpoint { get; init; }
    public required string ClientId { get; init; }
    /// <summary>Null for a public client, which PKCE alone protects.</summary>
    public string? ClientSecret { get; init; }
    /// <summary>With <c>openid</c> an id token is required and checked; without it the user info endpoint says who it is.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = ["openid", "profile", "email"];
    /// <summary>A claim, or a path such as <c>realm_access.roles</c>, whose values <see cref="RoleMap"/> turns into roles.</summary>
    public string RolesClaim { get; init; } = "groups";
    /// <summary>Values of the roles claim; others mean nothing, and whoever has no role cannot sign in.</summary>
    public IReadOnlyDictionary<string, Role> RoleMap { get; init; } = new Dictionary<string, Role>();
    /// <summary>A claim or path that names customers; null where everybody belongs to <see cref="Customers"/>.</summary>
    public string? CustomersClaim { get; init; }
    /// <summary>Values of the customers claim and the customers they mean; empty where the values are the customers' names themselves.</summary>
    public IReadOnlyDictionary<string, string> CustomerMap { get; init; } = new Dictionary<string, string>();
    /// <summary>Those that everybody who signs in belongs to.</summary>
    public IReadOnlyList<string> Customers { get; init; } = [];

    public bool ExpectsIdToken => Scopes.Contains("openid");

    /// <returns>What is missing or contradicts itself, with the remedy; null when it can work.</returns>
    public string? Problem()
    {
        if (Authority is null && (AuthorizationEndpoint is null || TokenEndpoint is null || Issuer is null))
            return "OAuth needs OPTIINFRA_OAUTH_AUTHORITY, or the issuer, authorization and token endpoints one by one.";
        if (Authority is null && ExpectsIdToken && JwksEndpoint is null)
            return "With the scope openid, OAuth needs OPTIINFRA_OAUTH_AUTHORITY or OPTIINFRA_OAUTH_JWKS_ENDPOINT: the id token's signature is checked by the keys there.";
        if (!ExpectsIdToken && UserInfoEndpoint is null)
            return "Without the scope openid, OAuth needs OPTIINFRA_OAUTH_USERINFO_ENDPOINT: nothing else says who signs in.";
        if (RoleMap.Count == 0)
            return "OAuth needs OPTIINFRA_OAUTH_ROLE_MAP, such as 'platform-team=operator,leads=approver': without it nobody has a role.";
        if (CustomersClaim is null && Customers.Count == 0)
            return "OAuth needs OPTIINFRA_OAUTH_CUSTOMERS_CLAIM or OPTIINFRA_OAUTH_CUSTOMERS: without either nobody belongs to a customer.";
        return ((Uri?[])[Authority, AuthorizationEndpoint, TokenEndpoint, UserInfoEndpoint, JwksEndpoint]).FirstOrDefault(u => u is { Scheme: not "https", IsLoopback: false }) is { } plain
            ? $"{plain} is not https: what the provider says of people must not be changed on its way."
            : null;
    }
}
