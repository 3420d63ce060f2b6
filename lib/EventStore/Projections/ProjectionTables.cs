using System.Collections.Concurrent;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// The tables behind the names that projections and readers use. Version 1 has the plain name, a later one its version
/// behind it. Until a program's own version is ready, it reads the newest one that is.
/// </summary>
sealed class ProjectionTables
{
    const int LongestName = 63;
    const string NextSuffix = "__next";

    readonly DocumentStore store;
    readonly Dictionary<string, IProjection> owners = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, bool> settled = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, string> borrowed = new(StringComparer.Ordinal);

    public ProjectionTables(DocumentStore store)
    {
        this.store = store;
        foreach (var (projection, _) in store.Options.Projections.All)
            foreach (var name in NamesOf(store.Options, projection))
                if (!owners.TryAdd(name, projection))
                    throw new InvalidOperationException($"Table '{name}' is written by projections {owners[name].Name} and {projection.Name}; a rebuild of one would take the other's rows away. Give each a document type of its own.");
    }

    public static IEnumerable<string> NamesOf(StoreOptions options, IProjection projection)
        => projection.DocumentTypes.Select(type => options.Schema.Of(type).TableName).Concat(projection.Tables.Select(t => t.Name));

    /// <exception cref="InvalidOperationException">PostgreSQL would cut it off.</exception>
    public static string Versioned(string name, int version)
    {
        var table = version == 1 ? name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}_v{version}");
        return table.Length + NextSuffix.Length <= LongestName
            ? table
            : throw new InvalidOperationException($"Table name '{table}' is longer than {LongestName - NextSuffix.Length} characters; give the document type an Alias, or the table a shorter name.");
    }

    /// <summary>The table that this program's version writes; the same name where no projection owns it.</summary>
    public string Own(string name) => Qualified(OwnName(name));

    /// <summary>The one that a rebuild fills.</summary>
    public string Next(string name) => Qualified(owners.ContainsKey(name) ? OwnName(name) + NextSuffix : name);

    /// <summary>The one that readers read, as far as is known: see <see cref="SettleAsync"/>.</summary>
    public string ToRead(string name) => borrowed.TryGetValue(name, out var other) ? Qualified(other) : Own(name);

    /// <summary>Finds out whether this program's version is ready; asked again until it is.</summary>
    public ValueTask SettleAsync(string name, CancellationToken cancellationToken)
        => owners.TryGetValue(name, out var owner) && !settled.ContainsKey(owner.Name) ? new(FindAsync(owner, cancellationToken)) : default;

    async Task FindAsync(IProjection projection, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand($"""
            select p.version, t.name, t.table_name
              from {store.Options.QuotedSchema}.projections p
              left join {store.Options.QuotedSchema}.projection_tables t on t.projection = p.name and t.version = p.version
             where p.name = $1 and p.state = 'ready'
             order by p.version = $2 desc, p.version desc
            """);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, projection.Name));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Integer, projection.Version));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        int? version = null;
        while (await reader.ReadAsync(cancellationToken) && (version ??= reader.GetInt32(0)) == reader.GetInt32(0) && version != projection.Version)
            if (!reader.IsDBNull(1))
                borrowed[reader.GetString(1)] = reader.GetString(2);
        if (version != projection.Version)
            return;
        foreach (var name in NamesOf(store.Options, projection))
            borrowed.TryRemove(name, out _);
        settled[projection.Name] = true;
    }

    string OwnName(string name) => owners.TryGetValue(name, out var owner) ? Versioned(name, owner.Version) : name;

    string Qualified(string table) => $"{store.Options.QuotedSchema}.\"{table}\"";
}
