using OptiInfra.Cli.Errors;
using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Cli.Migrations;

/// <summary>Finds the migration that a person means by an id or the beginning of one.</summary>
static class MigrationLookup
{
    const int Named = 5;

    /// <exception cref="CliException">There is none, or more than one.</exception>
    public static async Task<Guid> FindAsync(IDocumentStore store, string customer, string text, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(customer);
        if (Guid.TryParse(text, out var id))
            return await session.Events.FetchStreamStateAsync(id, cancellationToken) is not null ? id : throw Unknown(text, customer);

        var prefix = text.ToLowerInvariant();
        if (prefix.Length == 0 || !prefix.All(c => char.IsAsciiHexDigitLower(c) || c == '-'))
            throw CliException.BadInput($"'{text}' is not an id of a migration or the beginning of one; `optiinfra status` lists them.");
        var fitting = await session.QueryAsync<MigrationSummary>($"where id like $1 order by data->>'requestedAt' desc limit {Named + 1}", cancellationToken, prefix + "%");
        return fitting switch
        {
            [] => throw Unknown(text, customer),
            [var one] => one.Id,
            _ => throw CliException.BadInput(
                $"'{text}' fits more than one migration: {string.Join(", ", fitting.Take(Named).Select(m => m.Id))}{(fitting.Count > Named ? ", …" : "")}; give more of the id."),
        };
    }

    static CliException Unknown(string text, string customer) => CliException.BadInput(
        $"There is no migration '{text}' of customer '{customer}'; `optiinfra status` lists those that exist (--customer names another customer).");
}
