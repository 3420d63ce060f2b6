namespace OptiInfra.Contracts;

/// <summary>The name and schema version under which an event is stored. Renaming the class never touches data.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventTypeAttribute(string name, int schemaVersion = 1) : Attribute
{
    public string Name { get; } = name;
    public int SchemaVersion { get; } = schemaVersion;
}
