namespace OptiInfra.EventStore;

/// <summary>
/// The data of an event that this program cannot read: its type name is not mapped, or a newer program wrote it under a
/// schema version that this one does not know. Readers can set it aside; an aggregate that has one is not fetched for writing.
/// </summary>
/// <param name="Json">The stored data, as it is.</param>
public sealed record UnknownEvent(string EventTypeName, int SchemaVersion, string Json);
