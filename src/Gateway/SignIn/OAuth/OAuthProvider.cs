using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace OptiInfra.Gateway.SignIn.OAuth;

/// <summary>The provider did not answer as the protocol asks; the message is for the log, not for whoever signs in.</summary>
sealed class OAuthException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Speaks with the provider: OAuth 2.0's authorization code grant (RFC 6749, 4.1) with PKCE (RFC 7636), OpenID Connect's
/// id token and user info (OpenID Connect Core 1.0, 3.1.3.7 and 5.3).
/// </summary>
sealed class OAuthProvider : IDisposable
{
    const int MostAnswerBytes = 1024 * 1024;
    static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(10);
    static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(1);
    // with the provider's public keys alone: a key that both sides know could be guessed
    static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    readonly OAuthOptions options;
    readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = AnswersWithin,
        MaxResponseContentBufferSize = MostAnswerBytes,
    };
    readonly Func<CancellationToken, Task<OpenIdConnectConfiguration>> read = static _ => Task.FromResult(new OpenIdConnectConfiguration());
    readonly ConfigurationManager<OpenIdConnectConfiguration>? kept;

    public OAuthProvider(OAuthOptions options)
    {
        this.options = options;
        var address = options.Authority is { } authority ? authority.AbsoluteUri.TrimEnd('/') + "/.well-known/openid-configuration" : options.JwksEndpoint?.AbsoluteUri;
        if (address is null)
            return;
        IConfigurationRetriever<OpenIdConnectConfiguration> metadata = options.Authority is null ? new KeysAlone() : new OpenIdConnectConfigurationRetriever();
        // plain http passes for a provider on this machine alone: OAuthOptions.Problem
        var documents = new HttpDocumentRetriever(http) { RequireHttps = false };
        read = cancellationToken => metadata.GetConfigurationAsync(address, documents, cancellationToken);
        kept = new(address, metadata, documents);
    }

    /// <exception cref="OAuthException">The provider's metadata cannot be had.</exception>
    public Task<OpenIdConnectConfiguration> ConfigurationAsync(CancellationToken cancellationToken) => ConfigurationAsync(kept is null ? read : kept.GetConfigurationAsync, cancellationToken);

    async Task<OpenIdConnectConfiguration> ConfigurationAsync(Func<CancellationToken, Task<OpenIdConnectConfiguration>> find, CancellationToken cancellationToken)
    {
        OpenIdConnectConfiguration found;
        try
        {
            found = await find(cancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or HttpRequestException)
        {
            throw new OAuthException($"The provider's metadata cannot be read: {e.GetBaseException().Message}", e);
        }

        var known = new OpenIdConnectConfiguration
        {
            Issuer = options.Issuer ?? found.Issuer,
            AuthorizationEndpoint = options.AuthorizationEndpoint?.AbsoluteUri ?? found.AuthorizationEndpoint,
            TokenEndpoint = options.TokenEndpoint?.AbsoluteUri ?? found.TokenEndpoint,
            UserInfoEndpoint = options.UserInfoEndpoint?.AbsoluteUri ?? found.UserInfoEndpoint,
        };
        foreach (var method in found.TokenEndpointAuthMethodsSupported)
            known.TokenEndpointAuthMethodsSupported.Add(method);
        foreach (var key in found.SigningKeys)
            known.SigningKeys.Add(key);
        return known;
    }

    /// <summary>Exchanges a code, checks what comes back and gives the claims of the person.</summary>
    /// <exception cref="OAuthException">Something of it is not as it must be.</exception>
    public async Task<(string Issuer, JsonObject Claims)> ClaimsAsync(string code, string verifier, string nonce, string redirectUri, CancellationToken cancellationToken)
    {
        var configuration = await ConfigurationAsync(cancellationToken);
        var answer = await ExchangeAsync(configuration, code, verifier, redirectUri, cancellationToken);
        JsonObject? claims = null;
        if (options.ExpectsIdToken)
            claims = await CheckedIdTokenAsync(
                configuration, ClaimMapping.Text(answer["id_token"]) ?? throw new OAuthException("The token endpoint gave no id_token."), nonce, cancellationToken);
        if (configuration.UserInfoEndpoint is { Length: > 0 } userInfo && ClaimMapping.Text(answer["access_token"]) is { } access)
            claims = Merge(claims, await UserInfoAsync(userInfo, access, cancellationToken));
        return ClaimMapping.Text(claims?["sub"]) is { Length: > 0 }
            ? (configuration.Issuer, claims!)
            : throw new OAuthException("Neither id token nor user info names the person (sub).");
    }

    async Task<JsonObject> ExchangeAsync(OpenIdConnectConfiguration configuration, string code, string verifier, string redirectUri, CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["code_verifier"] = verifier, ["client_id"] = options.ClientId,
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, configuration.TokenEndpoint);
        var methods = configuration.TokenEndpointAuthMethodsSupported;
        if (options.ClientSecret is { } secret && methods.Contains("client_secret_post") && !methods.Contains("client_secret_basic"))
            form["client_secret"] = secret;
        else if (options.ClientSecret is { } basic)
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(options.ClientId)}:{Uri.EscapeDataString(basic)}")));
        request.Content = new FormUrlEncodedContent(form);
        return await SendAsync(request, "token endpoint", cancellationToken);
    }

    async Task<JsonObject> CheckedIdTokenAsync(OpenIdConnectConfiguration configuration, string idToken, string nonce, CancellationToken cancellationToken)
    {
        var result = await ValidateAsync(configuration, idToken);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            // the provider has changed its keys since they were read: what is kept is read again in the background, this once now
            kept?.RequestRefresh();
            result = await ValidateAsync(await ConfigurationAsync(read, cancellationToken), idToken);
        }

        if (!result.IsValid)
            throw new OAuthException($"The id token is not valid: {result.Exception?.GetType().Name} {result.Exception?.Message}");
        var token = (JsonWebToken)result.SecurityToken;
        var claims = JsonNode.Parse(Base64UrlEncoder.Decode(token.EncodedPayload)) as JsonObject ?? throw new OAuthException("The id token's payload is no object.");
        if (!string.Equals(ClaimMapping.Text(claims["nonce"]), nonce, StringComparison.Ordinal))
            throw new OAuthException("The id token is of another sign-in: its nonce differs.");
        if (token.Audiences.Skip(1).Any() && ClaimMapping.Text(claims["azp"]) != options.ClientId)
            throw new OAuthException("The id token is for several clients, and another one asked for it (azp).");
        return claims;
    }

    Task<TokenValidationResult> ValidateAsync(OpenIdConnectConfiguration configuration, string idToken) =>
        new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(idToken, new TokenValidationParameters
        {
            ValidIssuer = configuration.Issuer,
            ValidAudience = options.ClientId,
            IssuerSigningKeys = configuration.SigningKeys,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ClockSkew = ClocksDiffer,
        });

    async Task<JsonObject> UserInfoAsync(string endpoint, string accessToken, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return await SendAsync(request, "user info endpoint", cancellationToken);
    }

    /// <summary>What the signed id token says stands before what the user info says.</summary>
    static JsonObject Merge(JsonObject? idToken, JsonObject userInfo)
    {
        if (idToken is null)
            return userInfo;
        if (ClaimMapping.Text(userInfo["sub"]) != ClaimMapping.Text(idToken["sub"]))
            throw new OAuthException("User info and id token are of two persons (sub differs).");
        foreach (var (name, value) in userInfo)
            if (!idToken.ContainsKey(name))
                idToken[name] = value?.DeepClone();
        return idToken;
    }

    async Task<JsonObject> SendAsync(HttpRequestMessage request, string who, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.SendAsync(request, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (!answer.IsSuccessStatusCode)
                throw new OAuthException($"The {who} answers {(int)answer.StatusCode}.");
            return JsonNode.Parse(text) as JsonObject ?? throw new OAuthException($"The {who}'s answer is no JSON object.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new OAuthException($"The {who} cannot be asked: {e.Message}", e);
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>For a provider whose endpoints are named one by one: only its keys are read.</summary>
    sealed class KeysAlone : IConfigurationRetriever<OpenIdConnectConfiguration>
    {
        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(string address, IDocumentRetriever retriever, CancellationToken cancel)
        {
            var found = new OpenIdConnectConfiguration();
            foreach (var key in new JsonWebKeySet(await retriever.GetDocumentAsync(address, cancel)).GetSigningKeys())
                found.SigningKeys.Add(key);
            return found;
        }
    }
}
