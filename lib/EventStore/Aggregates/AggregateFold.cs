namespace OptiInfra.EventStore;

/// <summary>The conventions of an aggregate that folds itself, found once per type.</summary>
static class AggregateFold<T> where T : class
{
    public static ConventionFold<T> Instance { get; } = new(host: null);
}
