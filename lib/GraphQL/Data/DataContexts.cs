using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL;

/// <summary>What a method finds that filters and sorts itself, for example in a database.</summary>
public static class DataContexts
{
    /// <summary>The conditions of <c>where</c>; null where the caller gave none, or the field takes none.</summary>
    public static IFilterContext? GetFilterContext(this IResolverContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Has(context, "where") && context.ArgumentValue<Dictionary<string, object?>?>("where") is { } where ? new Filter(where) : null;
    }

    /// <summary>The keys of <c>order</c>; null where the caller gave none, or the field takes none.</summary>
    public static ISortingContext? GetSortingContext(this IResolverContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Has(context, "order") && context.ArgumentValue<object?[]?>("order") is { Length: > 0 } order ? new Sorting([.. order.Cast<Dictionary<string, object?>>()]) : null;
    }

    static bool Has(IResolverContext context, string argument) => context.Field.Arguments.Any(known => string.Equals(known.Name, argument, StringComparison.Ordinal));

    sealed class Filter(Dictionary<string, object?> where) : IFilterContext
    {
        public IReadOnlyDictionary<string, object?> ToDictionary() => where;
    }

    sealed class Sorting(IReadOnlyList<IReadOnlyDictionary<string, object?>> order) : ISortingContext
    {
        public IReadOnlyList<IReadOnlyDictionary<string, object?>> ToList() => order;
    }
}

public interface IFilterContext
{
    /// <summary>
    /// By property: a value is again a dictionary, of properties or of operations such as eq; below and and or it is a list
    /// of dictionaries. Values are of the properties' own types.
    /// </summary>
    IReadOnlyDictionary<string, object?> ToDictionary();
}

public interface ISortingContext
{
    /// <summary>In the order of their weight: by property ASC, DESC, or a dictionary of the properties below it.</summary>
    IReadOnlyList<IReadOnlyDictionary<string, object?>> ToList();
}
