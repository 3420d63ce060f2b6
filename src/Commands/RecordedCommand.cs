using System.Text.Json;
using OptiInfra.Contracts;

namespace OptiInfra.Commands;

/// <summary>A command as it was decided: what makes it idempotent, and what replay decides again.</summary>
public sealed record RecordedCommand
{
    public required Guid Id { get; init; }
    public required Guid StreamId { get; init; }
    /// <summary>Version of the stream that the decision saw.</summary>
    public required long VersionBefore { get; init; }
    public required int EventCount { get; init; }
    public required string CommandType { get; init; }
    /// <summary>The command as JSON text: a JSON value would lose the order of its keys in the database, and replay compares bytes.</summary>
    public required string Command { get; init; }
    public required DateTimeOffset DecidedAt { get; init; }
    public required string Actor { get; init; }
    public Guid? CausationId { get; init; }
    public string? RefusedCode { get; init; }
    public string? RefusedReason { get; init; }

    public static RecordedCommand Of(ICommand command, CommandContext context, long versionBefore, Decision decision, DateTimeOffset decidedAt) => new()
    {
        Id = context.CommandId,
        StreamId = command.StreamId,
        VersionBefore = versionBefore,
        EventCount = (decision as Decision.Accepted)?.Events.Count ?? 0,
        CommandType = command.GetType().Name,
        Command = JsonSerializer.Serialize(command, command.GetType(), ContractsJson.Options),
        DecidedAt = decidedAt,
        Actor = context.Actor,
        CausationId = context.CausationId,
        RefusedCode = (decision as Decision.Refused)?.Code,
        RefusedReason = (decision as Decision.Refused)?.Reason,
    };

    /// <summary>The command itself again.</summary>
    /// <exception cref="InvalidOperationException">This program knows no command of that name.</exception>
    public ICommand Read() =>
        CommandTypes.TryGetValue(CommandType, out var type)
            ? (ICommand)JsonSerializer.Deserialize(Command, type, ContractsJson.Options)!
            : throw new InvalidOperationException($"Command {Id} is a '{CommandType}', which this version of the program does not know.");

    static readonly Dictionary<string, Type> CommandTypes = typeof(ICommand).Assembly.GetExportedTypes()
        .Where(t => t is { IsClass: true } && typeof(ICommand).IsAssignableFrom(t))
        .ToDictionary(t => t.Name, StringComparer.Ordinal);
}
