using System.Reflection;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>Collects classes and makes a schema of them.</summary>
public sealed class SchemaBuilder
{
    readonly List<Type> _queries = [], _mutations = [], _subscriptions = [], _objects = [], _extensions = [];
    readonly Dictionary<Type, ScalarType> _scalars = [];
    readonly List<Action<Dictionary<string, DirectiveType>, Dictionary<string, NamedType>>> _directives = [];
    Func<Type, bool> _isService = _ => false;
    bool _mutationConventions;
    string? _description;

    public SchemaBuilder AddQueryType(Type type) => Add(_queries, type);

    public SchemaBuilder AddMutationType(Type type) => Add(_mutations, type);

    public SchemaBuilder AddSubscriptionType(Type type) => Add(_subscriptions, type);

    /// <summary>An object type that no field gives, as one that only an interface or union leads to.</summary>
    public SchemaBuilder AddType(Type type) => Add(_objects, type);

    /// <summary>A class with <see cref="ExtendObjectTypeAttribute"/> or <see cref="ObjectTypeAttribute{T}"/>.</summary>
    public SchemaBuilder AddTypeExtension(Type type) => Add(_extensions, type);

    /// <summary>All classes of an assembly that carry one of the attributes.</summary>
    public SchemaBuilder AddTypes(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        foreach (var type in assembly.GetTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            if (type.GetCustomAttribute<QueryTypeAttribute>() is not null) Add(_queries, type);
            if (type.GetCustomAttribute<MutationTypeAttribute>() is not null) Add(_mutations, type);
            if (type.GetCustomAttribute<SubscriptionTypeAttribute>() is not null) Add(_subscriptions, type);
            if (type.GetCustomAttribute<ObjectTypeAttribute>() is not null) Add(_objects, type);
            if (TypeCollector.ExtendedBy(type) is not null || type.GetCustomAttribute<ExtendObjectTypeAttribute>() is not null) Add(_extensions, type);
        }
        return this;
    }

    /// <summary>Members of a type become this scalar.</summary>
    public SchemaBuilder BindRuntimeType(Type type, ScalarType scalar)
    {
        _scalars[type] = scalar;
        return this;
    }

    /// <summary>A mutation takes one argument <c>input</c> and gives a payload with its errors.</summary>
    public SchemaBuilder AddMutationConventions()
    {
        _mutationConventions = true;
        return this;
    }

    /// <summary>Further types and directives in the schema language, as directives without meaning to this engine.</summary>
    public SchemaBuilder AddDocument(string sdl)
    {
        var document = Parser.Parse(sdl);
        _directives.Add((directives, types) => new SdlReader(types, directives).Read(document));
        return this;
    }

    public SchemaBuilder SetDescription(string description)
    {
        _description = description;
        return this;
    }

    /// <summary>Which types are services rather than arguments of a field.</summary>
    public SchemaBuilder UseServices(Func<Type, bool> isService)
    {
        _isService = isService;
        return this;
    }

    /// <exception cref="SchemaException">The classes make no schema.</exception>
    public Schema Build()
    {
        if (_queries.Count == 0) throw new SchemaException("A schema needs a query type: call AddQueryType, or AddTypes with an assembly that has a class with [QueryType].");
        var types = SpecifiedTypes.Scalars().ToDictionary(type => type.Name, NamedType (type) => type, StringComparer.Ordinal);
        var directives = new Dictionary<string, DirectiveType>(StringComparer.Ordinal);
        new SdlReader(types, directives).Read(SpecifiedTypes.Document);
        foreach (var add in _directives) add(directives, types);
        foreach (var scalar in _scalars.Values.DistinctBy(scalar => scalar.Name, StringComparer.Ordinal)) types.TryAdd(scalar.Name, scalar);

        var collector = new TypeCollector(types, _scalars, _extensions, _isService);
        var query = collector.Root("Query", _queries, mutationConventions: false);
        var mutation = _mutations.Count == 0 ? null : collector.Root("Mutation", _mutations, _mutationConventions);
        var subscription = _subscriptions.Count == 0 ? null : collector.Root("Subscription", _subscriptions, mutationConventions: false);
        foreach (var type in _objects) collector.NamedOutput(type);
        collector.Finish();
        return new(query, mutation, subscription, types.Values, directives.Values, _description);
    }

    SchemaBuilder Add(List<Type> list, Type type)
    {
        if (!list.Contains(type)) list.Add(type);
        return this;
    }
}
