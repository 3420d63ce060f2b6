using System.CommandLine;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Cli.Relay;

/// <summary><c>optiinfra relay republish</c>: gives one endpoint a range of events again, after its queue was lost or emptied.</summary>
static class RepublishCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var from = new Option<long>("--from") { Description = "the first sequence", Required = true };
        var to = new Option<long>("--to") { Description = "the last sequence", Required = true };
        var endpoint = new Option<string>("--endpoint") { Description = "the queue, such as cost-agent", Required = true };
        var forget = new Option<bool>("--forget-inbox") { Description = "let it handle again also what it has handled: effects happen twice unless its handlers bear that" };
        var by = ActorOption.Create();
        var command = new Command("republish", "Sends a range of events to one endpoint again; what it has handled it passes over.") { from, to, endpoint, forget, by };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var request = new RepublishRequest(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(endpoint)!, ActorOption.Read(parsed, by), parsed.GetValue(forget));
            if (request.From < 1 || request.To < request.From)
                throw CliException.BadInput($"--from {request.From} --to {request.To} is no range: sequences begin at 1, and --to is not before --from.");
            await using var services = PlatformHost.ForRepublishing(settings);
            // building the bus, without starting it, tells who takes what
            services.GetRequiredService<IBusControl>();
            var republisher = services.GetRequiredService<EventRepublisher>();
            if (!republisher.Endpoints.Contains(request.Endpoint, StringComparer.Ordinal))
                throw CliException.BadInput($"--endpoint '{request.Endpoint}' is none; there are {string.Join(", ", republisher.Endpoints)}.");
            if (request.ForgetInbox)
                await Console.Error.WriteLineAsync(
                    $"Warning: {request.Endpoint} will handle events {request.From} to {request.To} again although it has handled them; that {request.By} wanted it is kept in relay_republish.");
            var result = await republisher.RepublishAsync(request, cancellationToken);
            Terminal.Create().Say(
                $"{Amounts.Number(result.Sent)} events sent to {request.Endpoint}, {Amounts.Number(result.NotTaken)} of the range are not for it"
                + (request.ForgetInbox ? $"; {Amounts.Number(result.Forgotten)} that it had handled will be handled again." : "; what it has handled it passes over."));
            return ExitCode.Done;
        });
        return command;
    }
}
