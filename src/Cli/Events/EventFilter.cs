using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Events;

/// <summary>Which events a person wants to see; all that are named must fit.</summary>
sealed record EventFilter(IReadOnlyList<string> Types, Guid? Stream, string? Actor, string? Tenant)
{
    public bool Fits(IEvent e) =>
        (Types.Count == 0 || Types.Contains(e.EventTypeName, StringComparer.Ordinal))
        && (Stream is null || e.StreamId == Stream)
        && (Actor is null || e.Actor == Actor)
        && (Tenant is null || e.TenantId == Tenant);
}

/// <summary>The options behind <see cref="EventFilter"/>.</summary>
sealed class EventFilterOptions
{
    readonly Option<string[]> types = new("--type") { Description = "only events of this type, such as phase_completed; repeat it for more", AllowMultipleArgumentsPerToken = true };
    readonly Option<string?> stream = new("--stream") { Description = "only events of this stream" };
    readonly Option<string?> actor = new("--actor") { Description = "only what this person or agent caused" };
    readonly Option<string?> tenant = new("--tenant") { Description = "only events of this customer's streams" };

    public Command AddTo(Command command)
    {
        foreach (var option in (Option[])[types, stream, actor, tenant])
            command.Options.Add(option);
        return command;
    }

    /// <param name="known">The names of the types that there are.</param>
    /// <exception cref="CliException">A type is unknown, or the stream's id is none.</exception>
    public EventFilter Read(ParseResult parsed, IReadOnlyCollection<string> known)
    {
        var named = parsed.GetValue(types) ?? [];
        if (named.FirstOrDefault(t => !known.Contains(t)) is { } unknown)
            throw CliException.BadInput($"--type '{unknown}' is no type of event; there are {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        var id = parsed.GetValue(stream) is not { } text ? (Guid?)null
            : Guid.TryParse(text, out var given) ? given
            : throw CliException.BadInput($"--stream '{text}' is no id of a stream such as {Checkpoint.StreamId}.");
        return new EventFilter(named, id, parsed.GetValue(actor), parsed.GetValue(tenant));
    }
}
