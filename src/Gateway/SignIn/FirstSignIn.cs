using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands.Access;

namespace OptiInfra.Gateway.SignIn;

/// <summary>On a first run, where no admin's token is good, makes one that can be used once and says where.</summary>
public sealed partial class FirstSignIn(GatewayOptions options, AccessTokens tokens, IServer server, ILogger<FirstSignIn> log) : IHostedLifecycleService
{
    /// <summary>Where the first admin signs in; null when somebody can already, or an identity provider says who may.</summary>
    public string? Link { get; private set; }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options.SignIn.OAuth is not null || await tokens.IssueFirstAsync(options.SignIn.FirstTokenLifetime, cancellationToken) is not { } first)
            return;
        var url = options.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? options.Url;
        // in the fragment, which is sent to no server
        Link = $"{url}/signin#{first.Text}";
        LogFirst(options.SignIn.FirstTokenLifetime.TotalHours, Link);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Warning, "Sign in as admin, once, within {Hours} h: {Link}")]
    partial void LogFirst(double hours, string link);
}
