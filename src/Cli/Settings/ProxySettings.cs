using System.Globalization;
using OptiInfra.Agents.Endpoints;
using OptiInfra.Cli.Errors;
using OptiInfra.Gateway.UserProxy;

namespace OptiInfra.Cli;

/// <summary>The settings of the endpoint proxy, or of Caddy in its place, from environment variables; docs/training-jobs.md lists them.</summary>
static class ProxySettings
{
    const long MostBodyBytes = 10L * 1024 * 1024 * 1024;

    /// <exception cref="CliException">One of them is wrong; the message names it.</exception>
    public static UserProxyOptions Read()
    {
        var options = new UserProxyOptions();
        options.Url = Address("OPTIINFRA_PROXY_URL")?.GetLeftPart(UriPartial.Authority) ?? options.Url;
        options.PublicUrl = Address("OPTIINFRA_PROXY_PUBLIC_URL", "https");
        options.MaxRequestBodyBytes = Number("OPTIINFRA_PROXY_MAX_REQUEST_BYTES", options.MaxRequestBodyBytes, MostBodyBytes);
        options.MaxConnections = (int)Number("OPTIINFRA_PROXY_MAX_CONNECTIONS", options.MaxConnections, 1_000_000);
        options.AnswerTimeout = TimeSpan.FromSeconds(Number("OPTIINFRA_PROXY_ANSWER_TIMEOUT_SECONDS", (long)options.AnswerTimeout.TotalSeconds, 3600));
        options.RetryFor = TimeSpan.FromSeconds(Number("OPTIINFRA_PROXY_RETRY_SECONDS", (long)options.RetryFor.TotalSeconds, 300));
        if (PlatformOptions.Variable("OPTIINFRA_PROXY_SAFE_PATHS") is { } paths)
            options.SafePaths = [.. paths.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Path)];
        return options;
    }

    /// <summary>Caddy in place of the embedded proxy; null where that serves.</summary>
    /// <exception cref="CliException">The address is none.</exception>
    public static CaddyOptions? ReadCaddy() => Address("OPTIINFRA_CADDY_ADMIN", "https") is { } admin
        ? new CaddyOptions(admin, PlatformOptions.Variable("OPTIINFRA_CADDY_LISTEN") ?? CaddyOptions.DefaultListen)
        : null;

    static Uri? Address(string name, string? alsoScheme = null) => PlatformOptions.Variable(name) is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == "http" || uri.Scheme == alsoScheme) ? uri
        : throw CliException.BadInput($"{name} '{text}' is not an address such as {UserProxyOptions.DefaultUrl}{(alsoScheme is null ? " (plain http; TLS is for what stands before it)" : "")}.");

    static long Number(string name, long otherwise, long most) => PlatformOptions.Variable(name) is not { } text ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
        : throw CliException.BadInput(string.Create(CultureInfo.InvariantCulture, $"{name} '{text}' is not a whole number from 1 to {most}."));

    static string Path(string text) => text.StartsWith('/') ? text
        : throw CliException.BadInput($"OPTIINFRA_PROXY_SAFE_PATHS '{text}' does not begin with a slash; it is a list such as /predict,/health,/metrics.");
}
