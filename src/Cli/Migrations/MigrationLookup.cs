using OptiInfra.Cli.Errors;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Cli.Migrations;

/// <summary>Finds the migration or the training job that a person means by an id or the beginning of one.</summary>
static class MigrationLookup
{
    const int Named = 5;

    /// <summary>A migration; by a whole id any stream, of which the command itself finds out what it is.</summary>
    /// <exception cref="CliException">There is none, or more than one.</exception>
    public static Task<Guid> FindAsync(IDocumentStore store, string customer, string text, CancellationToken cancellationToken) =>
        FindAsync(store, customer, text, new Kind("a migration", "migration", "optiinfra status", Beginnings<MigrationSummary>("requestedAt", m => m.Id)), cancellationToken);

    /// <summary>A training job.</summary>
    /// <inheritdoc cref="FindAsync(IDocumentStore, string, string, CancellationToken)"/>
    public static async Task<Guid> FindJobAsync(IDocumentStore store, string customer, string text, CancellationToken cancellationToken)
    {
        var kind = new Kind("a job", "job", "optiinfra jobs", Beginnings<JobSummary>("submittedAt", j => j.Id));
        var id = await FindAsync(store, customer, text, kind, cancellationToken);
        await using var session = store.QuerySession(customer);
        return await IsJobAsync(session, id, cancellationToken) ? id : throw Unknown(text, customer, kind);
    }

    /// <summary>A migration or a training job.</summary>
    /// <inheritdoc cref="FindAsync(IDocumentStore, string, string, CancellationToken)"/>
    public static Task<Guid> FindAnyAsync(IDocumentStore store, string customer, string text, CancellationToken cancellationToken)
    {
        var (migrations, jobs) = (Beginnings<MigrationSummary>("requestedAt", m => m.Id), Beginnings<JobSummary>("submittedAt", j => j.Id));
        return FindAsync(store, customer, text, new Kind("a migration or job", "migration", "optiinfra status` and `optiinfra jobs",
            async (session, prefix, c) => [.. await migrations(session, prefix, c), .. await jobs(session, prefix, c)]), cancellationToken);
    }

    /// <summary>Whether a stream is a training job's.</summary>
    public static async Task<bool> IsJobAsync(IQuerySession session, Guid id, CancellationToken cancellationToken) =>
        await session.Events.FetchStreamAsync(id, version: 1, cancellationToken: cancellationToken) is [{ Data: JobSubmitted }];

    /// <param name="Lists">What shows all there are.</param>
    sealed record Kind(string One, string Noun, string Lists, Func<IQuerySession, string, CancellationToken, Task<IReadOnlyList<Guid>>> Beginning);

    static Func<IQuerySession, string, CancellationToken, Task<IReadOnlyList<Guid>>> Beginnings<T>(string since, Func<T, Guid> idOf) where T : class =>
        async (session, prefix, cancellationToken) =>
            [.. (await session.QueryAsync<T>($"where id like $1 order by data->>'{since}' desc limit {Named + 1}", cancellationToken, prefix + "%")).Select(idOf)];

    static async Task<Guid> FindAsync(IDocumentStore store, string customer, string text, Kind kind, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(customer);
        if (Guid.TryParse(text, out var id))
            return await session.Events.FetchStreamStateAsync(id, cancellationToken) is not null ? id : throw Unknown(text, customer, kind);

        var prefix = text.ToLowerInvariant();
        if (prefix.Length == 0 || !prefix.All(c => char.IsAsciiHexDigitLower(c) || c == '-'))
            throw CliException.BadInput($"'{text}' is not an id of {kind.One} or the beginning of one; `{kind.Lists}` lists them.");
        var fitting = await kind.Beginning(session, prefix, cancellationToken);
        return fitting switch
        {
            [] => throw Unknown(text, customer, kind),
            [var one] => one,
            _ => throw CliException.BadInput(
                $"'{text}' fits more than one {kind.Noun}: {string.Join(", ", fitting.Take(Named))}{(fitting.Count > Named ? ", …" : "")}; give more of the id."),
        };
    }

    static CliException Unknown(string text, string customer, Kind kind) => CliException.BadInput(
        $"There is no {kind.Noun} '{text}' of customer '{customer}'; `{kind.Lists}` lists those that exist (--customer names another customer).");
}
