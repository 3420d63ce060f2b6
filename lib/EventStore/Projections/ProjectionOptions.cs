namespace OptiInfra.EventStore;

/// <summary>The projections of a store.</summary>
public sealed class ProjectionOptions
{
    readonly List<(IProjection Projection, ProjectionLifecycle Lifecycle)> all = [];

    public IReadOnlyList<(IProjection Projection, ProjectionLifecycle Lifecycle)> All => all;

    /// <exception cref="ArgumentException">Another projection has the same name.</exception>
    /// <exception cref="InvalidOperationException">The projection's methods do not fit together; the message says how.</exception>
    public ProjectionOptions Add(IProjection projection, ProjectionLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(projection);
        if (all.Any(p => string.Equals(p.Projection.Name, projection.Name, StringComparison.Ordinal)))
            throw new ArgumentException($"A projection named '{projection.Name}' is registered already.", nameof(projection));
        (projection as IValidatedProjection)?.Validate();
        all.Add((projection, lifecycle));
        return this;
    }

    internal IEnumerable<IProjection> Inline => all.Where(p => p.Lifecycle == ProjectionLifecycle.Inline).Select(p => p.Projection);
    internal IEnumerable<IProjection> Async => all.Where(p => p.Lifecycle == ProjectionLifecycle.Async).Select(p => p.Projection);
}

/// <summary>A projection that can say at registration that its methods do not fit together.</summary>
interface IValidatedProjection
{
    void Validate();
}
