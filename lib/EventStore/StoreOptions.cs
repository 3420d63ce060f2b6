using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace OptiInfra.EventStore;

/// <summary>Settings of one store.</summary>
public sealed partial class StoreOptions
{
    /// <summary>Connection string of the application's role: it may insert and read events, not change or delete them.</summary>
    public string ConnectionString { get; set; } = "";
    /// <summary>Connection string of the schema's owner; only for applying the schema. The application's own when null.</summary>
    public string? OwnerConnectionString { get; set; }
    /// <summary>The role that is granted the use of the schema when it exists.</summary>
    public string ApplicationRole { get; set; } = "optiinfra_app";
    /// <summary>PostgreSQL schema: lower-case letters, digits and _; at most 48.</summary>
    public string DatabaseSchemaName { get; set; } = "optiinfra";
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
    /// <summary>How events and documents are written; give source-generated contexts through its TypeInfoResolver.</summary>
    public JsonSerializerOptions Serializer { get; set; } = new(JsonSerializerDefaults.Web);
    /// <summary>Where lost connections, hand-overs and paused projections are told; silent when null.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }
    public EventOptions Events { get; } = new();
    public ProjectionOptions Projections { get; } = new();
    /// <summary>Aggregates whose state is kept now and then; none unless named.</summary>
    public SnapshotOptions Snapshots { get; } = new();
    /// <summary>Document types besides those that projections write.</summary>
    public SchemaOptions Schema { get; } = new();
    /// <summary>Scripts of others that belong into the same schema, applied after the store's own in the order given here.</summary>
    public IList<SchemaScripts> AdditionalScripts { get; } = [];

    internal string QuotedSchema => $"\"{DatabaseSchemaName}\"";

    /// <exception cref="InvalidOperationException">A setting cannot work.</exception>
    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(ConnectionString))
            throw new InvalidOperationException("StoreOptions.ConnectionString is empty; give the connection string of the application's role.");
        if (!SchemaName().IsMatch(DatabaseSchemaName))
            throw new InvalidOperationException($"'{DatabaseSchemaName}' cannot name a schema here: lower-case letters, digits and _, beginning with a letter, at most 48.");
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,47}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SchemaName();
}

/// <summary>
/// Numbered <c>.sql</c> files embedded in an assembly, applied once each in the order of their names, as the owner.
/// In their text <c>${schema}</c> stands for the quoted schema and <c>${role}</c> for the quoted application role (the
/// owner itself when that role does not exist). Afterwards the application role may read and write all tables of the
/// schema except the store's own; grants of one's own are needed only for less than that.
/// </summary>
/// <param name="Name">Under which applied scripts are remembered; unique per store.</param>
/// <param name="ResourcePrefix">The resources to take, for example <c>OptiInfra.Messaging.Scripts.</c></param>
public sealed record SchemaScripts(string Name, Assembly Assembly, string ResourcePrefix);
