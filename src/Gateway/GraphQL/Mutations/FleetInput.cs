using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Which instances are looked at; all running ones where nothing is said.</summary>
sealed record FleetInput
{
    public IReadOnlyList<string>? InstanceIds { get; init; }
    /// <summary>Tags that an instance must carry, all of them.</summary>
    public IReadOnlyList<TagInput>? Tags { get; init; }

    internal FleetSelector ToFleet()
    {
        if (Tags?.GroupBy(tag => tag.Key, StringComparer.Ordinal).FirstOrDefault(same => same.Skip(1).Any()) is { } twice)
            throw FieldAccess.BadInput($"fleet.tags names {twice.Key} twice; an instance has one value for a tag.");
        return new FleetSelector { InstanceIds = InstanceIds ?? [], Tags = (Tags ?? []).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal) };
    }
}

sealed record TagInput(string Key, string Value);
