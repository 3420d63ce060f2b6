namespace OptiInfra.EventStore;

/// <summary>The projections of a store.</summary>
public sealed class ProjectionOptions
{
    readonly List<(IProjection Projection, ProjectionLifecycle Lifecycle)> all = [];

    public IReadOnlyList<(IProjection Projection, ProjectionLifecycle Lifecycle)> All => all;

    /// <summary>
    /// How many streams in a row a projection may set aside because it fails on their events; at the next it pauses: a
    /// fault of its own must not pass the whole log by. At least 1.
    /// </summary>
    public int MaxSkipsInARow { get; set; } = 10;

    /// <summary>How long the tables of a replaced version stay for programs of that version that only read.</summary>
    public TimeSpan KeepReplacedFor { get; set; } = TimeSpan.FromMinutes(10);

    /// <exception cref="ArgumentException">Another projection has the same name.</exception>
    /// <exception cref="InvalidOperationException">The projection's methods do not fit together; the message says how.</exception>
    public ProjectionOptions Add(IProjection projection, ProjectionLifecycle lifecycle)
    {
        ArgumentNullException.ThrowIfNull(projection);
        if (all.Any(p => string.Equals(p.Projection.Name, projection.Name, StringComparison.Ordinal)))
            throw new ArgumentException($"A projection named '{projection.Name}' is registered already.", nameof(projection));
        if (projection.Version < 1)
            throw new ArgumentException($"Projection '{projection.Name}' has version {projection.Version}; versions count from 1.", nameof(projection));
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
