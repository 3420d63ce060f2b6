using System.CommandLine;

namespace OptiInfra.Cli.Events;

/// <summary><c>optiinfra events</c>: the log itself.</summary>
static class EventsCommand
{
    public static Command Create(PlatformOptions platform) => new("events", "The log itself: follow it, look at it, take it out, bring it in.")
    {
        EventsTailCommand.Create(platform),
        EventsShowCommand.Create(platform),
        EventsTransferCommands.Export(platform),
        EventsTransferCommands.Import(platform),
    };
}
