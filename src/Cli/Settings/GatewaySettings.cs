using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OptiInfra.Cli.Errors;
using OptiInfra.Contracts.Access;
using OptiInfra.Gateway;
using OptiInfra.Gateway.Http;
using OptiInfra.Gateway.SignIn.OAuth;

namespace OptiInfra.Cli;

/// <summary>The gateway's settings from environment variables; docs/security.md lists them.</summary>
static class GatewaySettings
{
    /// <exception cref="CliException">One of them is wrong, or together they cannot work; the message names it.</exception>
    public static void Read(GatewayOptions options)
    {
        options.PublicUrl = Url("OPTIINFRA_GATEWAY_PUBLIC_URL");
        options.AllowPlainHttp = Flag("OPTIINFRA_GATEWAY_ALLOW_PLAIN_HTTP");
        options.Certificate = Certificate();
        if (PlatformOptions.Variable("OPTIINFRA_GRAPHQL_INTROSPECTION") is not null)
            options.AllowIntrospection = Flag("OPTIINFRA_GRAPHQL_INTROSPECTION");
        foreach (var origin in List("OPTIINFRA_GATEWAY_CORS_ORIGINS"))
            options.CorsOrigins.Add(origin != "*" && Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == origin
                ? origin
                : throw CliException.BadInput($"OPTIINFRA_GATEWAY_CORS_ORIGINS '{origin}' is no origin such as https://console.example.com (without a path; * is not possible)."));
        foreach (var network in List("OPTIINFRA_GATEWAY_TRUSTED_PROXIES"))
            options.TrustedProxies.Add(System.Net.IPNetwork.TryParse(network.Contains('/', StringComparison.Ordinal) ? network : network + (network.Contains(':', StringComparison.Ordinal) ? "/128" : "/32"), out var parsed)
                ? parsed
                : throw CliException.BadInput($"OPTIINFRA_GATEWAY_TRUSTED_PROXIES '{network}' is no address or network such as 10.0.0.0/8."));
        var limits = options.Limits;
        limits.RequestsPerSecondPerToken = Number("OPTIINFRA_GATEWAY_REQUESTS_PER_SECOND", limits.RequestsPerSecondPerToken, 1, 100_000);
        limits.BurstPerToken = Number("OPTIINFRA_GATEWAY_REQUEST_BURST", limits.BurstPerToken, 1, 1_000_000);
        limits.FailedSignInsPerMinute = Number("OPTIINFRA_GATEWAY_FAILED_SIGN_INS_PER_MINUTE", limits.FailedSignInsPerMinute, 1, 10_000);
        limits.MaxRequestBodyBytes = Number("OPTIINFRA_GATEWAY_MAX_REQUEST_BYTES", (int)limits.MaxRequestBodyBytes, 1024, 100 * 1024 * 1024);
        limits.RequestTimeout = TimeSpan.FromSeconds(Number("OPTIINFRA_GATEWAY_REQUEST_TIMEOUT_SECONDS", (int)limits.RequestTimeout.TotalSeconds, 1, 3600));
        limits.MaxConnections = Number("OPTIINFRA_GATEWAY_MAX_CONNECTIONS", limits.MaxConnections, 1, 1_000_000);
        limits.MaxWebSockets = Number("OPTIINFRA_GATEWAY_MAX_WEBSOCKETS", limits.MaxWebSockets, 1, 1_000_000);
        limits.MaxEventsBehind = Number("OPTIINFRA_GATEWAY_MAX_EVENTS_BEHIND", limits.MaxEventsBehind, 1, 1_000_000);
        options.SignIn.SessionLifetime = TimeSpan.FromHours(Number("OPTIINFRA_SESSION_HOURS", (int)options.SignIn.SessionLifetime.TotalHours, 1, 24 * 30));
        options.SignIn.OAuth = OAuth();
        if (ListenAddress.Problem(options) is { } problem)
            throw CliException.BadInput(problem);
    }

    static OAuthOptions? OAuth()
    {
        if (PlatformOptions.Variable("OPTIINFRA_OAUTH_CLIENT_ID") is not { } clientId)
            return null;
        var options = new OAuthOptions
        {
            ClientId = clientId,
            ClientSecret = Secret(),
            Authority = Url("OPTIINFRA_OAUTH_AUTHORITY"),
            Issuer = PlatformOptions.Variable("OPTIINFRA_OAUTH_ISSUER"),
            AuthorizationEndpoint = Url("OPTIINFRA_OAUTH_AUTHORIZATION_ENDPOINT"),
            TokenEndpoint = Url("OPTIINFRA_OAUTH_TOKEN_ENDPOINT"),
            UserInfoEndpoint = Url("OPTIINFRA_OAUTH_USERINFO_ENDPOINT"),
            JwksEndpoint = Url("OPTIINFRA_OAUTH_JWKS_ENDPOINT"),
            CustomersClaim = PlatformOptions.Variable("OPTIINFRA_OAUTH_CUSTOMERS_CLAIM"),
            Customers = [.. List("OPTIINFRA_OAUTH_CUSTOMERS").Select(Customer)],
            CustomerMap = Map("OPTIINFRA_OAUTH_CUSTOMER_MAP", Customer),
            RoleMap = Map("OPTIINFRA_OAUTH_ROLE_MAP", value => RoleWords.Parse(value, "OPTIINFRA_OAUTH_ROLE_MAP")),
        };
        options = options with
        {
            Name = PlatformOptions.Variable("OPTIINFRA_OAUTH_NAME") ?? options.Name,
            RolesClaim = PlatformOptions.Variable("OPTIINFRA_OAUTH_ROLES_CLAIM") ?? options.RolesClaim,
            Scopes = List("OPTIINFRA_OAUTH_SCOPES", ' ') is { Count: > 0 } scopes ? scopes : options.Scopes,
        };
        return options.Problem() is { } problem ? throw CliException.BadInput(problem) : options;
    }

    static string? Secret()
    {
        if (PlatformOptions.Variable("OPTIINFRA_OAUTH_CLIENT_SECRET") is { } given)
            return given;
        if (PlatformOptions.Variable("OPTIINFRA_OAUTH_CLIENT_SECRET_FILE") is not { } path)
            return null;
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"OPTIINFRA_OAUTH_CLIENT_SECRET_FILE {path} cannot be read: {e.Message}", e);
        }
    }

    static X509Certificate2? Certificate()
    {
        if (PlatformOptions.Variable("OPTIINFRA_GATEWAY_CERTIFICATE") is not { } path)
            return null;
        var key = PlatformOptions.Variable("OPTIINFRA_GATEWAY_CERTIFICATE_KEY");
        try
        {
            return X509Certificate2.CreateFromPemFile(path, key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw CliException.BadInput($"OPTIINFRA_GATEWAY_CERTIFICATE {path}{(key is null ? "" : $" with OPTIINFRA_GATEWAY_CERTIFICATE_KEY {key}")} cannot be used: {e.Message}", e);
        }
    }

    static string Customer(string name) => name == CustomerNames.All || CustomerNames.IsName(name)
        ? name
        : throw CliException.BadInput($"'{name}' cannot name a customer: 1 to {CustomerNames.MaxLength} characters that do not begin with $, or * for all.");

    static IReadOnlyDictionary<string, T> Map<T>(string variable, Func<string, T> read) => List(variable).Select(pair => pair.Split('=', 2)).ToDictionary(
        pair => pair[0].Trim(),
        pair => pair.Length == 2 ? read(pair[1].Trim()) : throw CliException.BadInput($"{variable} '{pair[0]}' lacks its '='; it reads like 'value=meaning,other=meaning'."),
        StringComparer.Ordinal);

    static IReadOnlyList<string> List(string variable, char separator = ',') =>
        PlatformOptions.Variable(variable)?.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    static Uri? Url(string variable) =>
        PlatformOptions.Variable(variable) is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url
        : throw CliException.BadInput($"{variable} '{text}' is not an address such as https://optiinfra.example.com.");

    static bool Flag(string variable) => PlatformOptions.Variable(variable) switch
    {
        null or "false" => false,
        "true" => true,
        { } other => throw CliException.BadInput($"{variable} '{other}' is neither true nor false."),
    };

    static int Number(string variable, int usual, int least, int most) =>
        PlatformOptions.Variable(variable) is not { } text ? usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw CliException.BadInput($"{variable} '{text}' is not a whole number from {least} to {most}.");
}

static class RoleWords
{
    /// <exception cref="CliException">There is no such role.</exception>
    public static Role Parse(string text, string input) =>
        Enum.TryParse<Role>(text, ignoreCase: true, out var role) && Enum.IsDefined(role) && !char.IsAsciiDigit(text[0])
            ? role
            : throw CliException.BadInput($"{input} '{text}' is no role; there are {string.Join(", ", Enum.GetNames<Role>().Select(r => r.ToLowerInvariant()))}.");
}
