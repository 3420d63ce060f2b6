using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Gateway.Tests.SignIn;

/// <summary>
/// A small identity provider over HTTP: discovery, keys, authorization (whoever comes is the person that the test says),
/// token endpoint with PKCE and client authentication, user info. A test can make it lie.
/// </summary>
sealed class IdentityProvider : IAsyncDisposable
{
    public const string ClientId = "optiinfra";
    public const string ClientSecret = "s3cret & more";

    readonly ConcurrentDictionary<string, Authorization> codes = new();
    RSA key = RSA.Create(2048);
    string keyId = "k1";
    readonly RSA strangersKey = RSA.Create(2048);
    WebApplication app = null!;

    public Uri Url { get; private set; } = null!;
    public JsonObject Person { get; set; } = new() { ["sub"] = "u-17", ["name"] = "Ana", ["groups"] = new JsonArray("platform", "everybody"), ["orgs"] = new JsonArray("acme") };
    public Action<JsonObject> ChangeIdToken { get; set; } = _ => { };
    public Action<JsonObject> ChangeUserInfo { get; set; } = _ => { };
    public bool SignWithAnotherKey { get; set; }
    public bool Unsigned { get; set; }
    public bool ByHmac { get; set; }
    public bool WithoutIdToken { get; set; }
    public Uri? LastRedirectUri { get; private set; }

    public static async Task<IdentityProvider> StartAsync()
    {
        var provider = new IdentityProvider();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new
        {
            issuer = provider.Issuer,
            authorization_endpoint = $"{provider.Issuer}/authorize",
            token_endpoint = $"{provider.Issuer}/token",
            userinfo_endpoint = $"{provider.Issuer}/userinfo",
            jwks_uri = $"{provider.Issuer}/keys",
        }));
        app.MapGet("/keys", provider.Keys);
        app.MapGet("/authorize", provider.Authorize);
        app.MapPost("/token", provider.TokenAsync);
        app.MapGet("/userinfo", provider.UserInfo);
        await app.StartAsync();
        (provider.app, provider.Url) = (app, new Uri(app.Urls.First()));
        return provider;
    }

    public string Issuer => Url.GetLeftPart(UriPartial.Authority);

    /// <summary>From now on another key signs, and the old one is published no more.</summary>
    public void ChangeKey()
    {
        key.Dispose();
        (key, keyId) = (RSA.Create(2048), "k2");
    }

    IResult Keys()
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return Results.Json(new { keys = new[] { new { kty = "RSA", use = "sig", alg = "RS256", kid = keyId, n = Base64Url.EncodeToString(parameters.Modulus), e = Base64Url.EncodeToString(parameters.Exponent) } } });
    }

    IResult Authorize(HttpRequest request)
    {
        string Of(string name) => request.Query[name].ToString();
        if (Of("response_type") != "code" || Of("client_id") != ClientId || Of("code_challenge_method") != "S256" || Of("code_challenge").Length != 43)
            return Results.BadRequest("not an authorization request with PKCE");
        LastRedirectUri = new Uri(Of("redirect_uri"));
        var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        codes[code] = new Authorization(Of("redirect_uri"), Of("code_challenge"), Of("nonce"));
        return Results.Redirect($"{Of("redirect_uri")}?code={code}&state={Uri.EscapeDataString(Of("state"))}&iss={Uri.EscapeDataString(Issuer)}");
    }

    async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(ClientSecret)}"));
        if (request.Headers.Authorization != basic)
            return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        if (!codes.TryRemove(form["code"].ToString(), out var authorization) || form["redirect_uri"] != authorization.RedirectUri
            || Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != authorization.Challenge)
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        var answer = new JsonObject { ["access_token"] = "access-1", ["token_type"] = "Bearer" };
        if (!WithoutIdToken)
            answer["id_token"] = IdToken(authorization.Nonce);
        return Results.Text(answer.ToJsonString(), "application/json");
    }

    IResult UserInfo(HttpRequest request)
    {
        if (request.Headers.Authorization != "Bearer access-1")
            return Results.Unauthorized();
        var info = (JsonObject)Person.DeepClone();
        ChangeUserInfo(info);
        return Results.Text(info.ToJsonString(), "application/json");
    }

    string IdToken(string nonce)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Issuer, ["aud"] = ClientId, ["sub"] = Person["sub"]!.DeepClone(), ["iat"] = now, ["exp"] = now + 300, ["nonce"] = nonce };
        ChangeIdToken(claims);
        var algorithm = Unsigned ? "none" : ByHmac ? "HS256" : "RS256";
        var signed = $"{Part(new JsonObject { ["alg"] = algorithm, ["kid"] = keyId, ["typ"] = "JWT" })}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        if (Unsigned)
            return signed + ".";
        // the known trick: the public key, which everybody has, as a shared secret
        if (ByHmac)
            return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(key.ExportSubjectPublicKeyInfo(), bytes))}";
        return $"{signed}.{Base64Url.EncodeToString((SignWithAnotherKey ? strangersKey : key).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    static string Part(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
        strangersKey.Dispose();
    }

    sealed record Authorization(string RedirectUri, string Challenge, string Nonce);
}
