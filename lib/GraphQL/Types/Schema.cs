using System.Diagnostics.CodeAnalysis;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>A finished type system. Immutable; shared by all requests.</summary>
public sealed partial class Schema
{
    readonly Dictionary<string, NamedType> _types;
    readonly Dictionary<string, DirectiveType> _directives;
    readonly Dictionary<NamedType, IReadOnlyList<ObjectType>> _possibleTypes = [];
    readonly HashSet<NamedType> _waiting;

    internal Schema(
        ObjectType queryType,
        ObjectType? mutationType,
        ObjectType? subscriptionType,
        IEnumerable<NamedType> types,
        IEnumerable<DirectiveType> directives,
        string? description)
    {
        QueryType = queryType;
        MutationType = mutationType;
        SubscriptionType = subscriptionType;
        Description = description;
        _types = types.OrderBy(type => type.Name, StringComparer.Ordinal).ToDictionary(type => type.Name, StringComparer.Ordinal);
        _directives = directives.OrderBy(directive => directive.Name, StringComparer.Ordinal).ToDictionary(directive => directive.Name, StringComparer.Ordinal);
        var objects = _types.Values.OfType<ObjectType>().ToList();
        foreach (var type in _types.Values)
        {
            if (type is UnionType union) _possibleTypes[type] = union.Types;
            else if (type is InterfaceType contract) _possibleTypes[type] = [.. objects.Where(candidate => candidate.Interfaces.Contains(contract))];
            else if (type is ObjectType self) _possibleTypes[type] = [self];
        }
        Introspection.Bind(this);
        SchemaValidator.Check(this);
        _waiting = Waiting();
    }

    public string? Description { get; }
    public ObjectType QueryType { get; }
    public ObjectType? MutationType { get; }
    public ObjectType? SubscriptionType { get; }

    /// <summary>All types by name, in the order of their names, also those of introspection.</summary>
    public IReadOnlyDictionary<string, NamedType> Types => _types;

    /// <summary>All directives by name without the at sign, also those of the specification.</summary>
    public IReadOnlyDictionary<string, DirectiveType> Directives => _directives;

    public bool TryGetType(string name, [NotNullWhen(true)] out NamedType? type) => _types.TryGetValue(name, out type);

    public bool TryGetDirective(string name, [NotNullWhen(true)] out DirectiveType? directive) => _directives.TryGetValue(name, out directive);

    /// <summary>Null where the schema does not offer such operations.</summary>
    public ObjectType? RootType(OperationType operation) => operation switch
    {
        OperationType.Query => QueryType,
        OperationType.Mutation => MutationType,
        OperationType.Subscription => SubscriptionType,
        _ => null,
    };

    /// <summary>The object types that a value of this type may have; the type itself for an object type, none for inputs and leaves.</summary>
    public IReadOnlyList<ObjectType> PossibleTypes(NamedType type) => _possibleTypes.GetValueOrDefault(type) ?? [];

    /// <summary>Whether <paramref name="type"/> is <paramref name="parent"/> or one of what it may be, interfaces included.</summary>
    public bool IsSubType(NamedType type, NamedType parent) =>
        ReferenceEquals(type, parent)
        || (type is ComplexType complex && parent is InterfaceType contract && complex.Interfaces.Contains(contract))
        || (type is ObjectType obj && PossibleTypes(parent).Contains(obj));

    /// <summary>A field of a composite type, with <c>__typename</c> everywhere and <c>__schema</c> and <c>__type</c> on the query type.</summary>
    public OutputField? FindField(NamedType parent, string name)
    {
        if (name.StartsWith("__", StringComparison.Ordinal))
        {
            if (string.Equals(name, TypeNameField.Name, StringComparison.Ordinal) && parent.IsComposite) return TypeNameField;
            if (ReferenceEquals(parent, QueryType))
            {
                if (string.Equals(name, SchemaField.Name, StringComparison.Ordinal)) return SchemaField;
                if (string.Equals(name, TypeField.Name, StringComparison.Ordinal)) return TypeField;
            }
        }
        return parent is ComplexType complex && complex.TryGetField(name, out var field) ? field : null;
    }

    /// <summary>Whether a field of the type, or of what lies below it, may have to be waited for.</summary>
    internal bool MayWait(NamedType type) => _waiting.Contains(type);

    HashSet<NamedType> Waiting()
    {
        var waiting = new HashSet<NamedType>();
        for (var before = -1; before < waiting.Count;)
        {
            before = waiting.Count;
            foreach (var type in _types.Values)
            {
                if (PossibleTypes(type).Any(possible => possible.Fields.Any(field => field.IsAsync || waiting.Contains(field.Type.NamedType)))) waiting.Add(type);
            }
        }
        return waiting;
    }

    /// <summary>The type that a document means; null where it names one that does not exist.</summary>
    public IType? TypeOf(TypeNode node) => node switch
    {
        NonNullTypeNode nonNull => TypeOf(nonNull.Type) is { } type ? new NonNullType(type) : null,
        ListTypeNode list => TypeOf(list.Type) is { } type ? new ListType(type) : null,
        NamedTypeNode named => _types.GetValueOrDefault(named.Name.Value),
        _ => null,
    };
}
