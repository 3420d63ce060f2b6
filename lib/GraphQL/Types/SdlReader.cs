using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>Adds the definitions and extensions of documents to a set of types.</summary>
sealed partial class SdlReader(Dictionary<string, NamedType> types, Dictionary<string, DirectiveType> directives)
{
    readonly Dictionary<string, List<TypeDefinitionNode>> _definitions = new(StringComparer.Ordinal);
    readonly List<string> _order = [];

    /// <exception cref="SchemaException">A name is taken, unknown or of the wrong kind.</exception>
    public void Read(DocumentNode document)
    {
        foreach (var definition in document.Definitions.OfType<TypeDefinitionNode>()) Declare(definition);
        foreach (var name in _order) Complete(types[name], _definitions[name]);
        foreach (var type in _order.Select(name => types[name]).OfType<ComplexType>()) type.Interfaces = [.. WithInherited(type)];
        foreach (var directive in document.Definitions.OfType<DirectiveDefinitionNode>()) Declare(directive);
    }

    void Declare(TypeDefinitionNode definition)
    {
        var name = definition.Name.Value;
        if (definition.IsExtension)
        {
            if (!_definitions.TryGetValue(name, out var parts))
                throw At(definition, $"Cannot extend type \"{name}\": it is not defined.");
            parts.Add(definition);
            return;
        }
        if (!types.TryAdd(name, Shell(definition)))
        {
            // a text may define the specification's scalars once more
            if (types[name] is ScalarType known && SpecifiedTypes.IsSpecified(known)) return;
            throw At(definition, $"Type \"{name}\" is defined twice.");
        }
        _definitions.Add(name, [definition]);
        _order.Add(name);
    }

    static NamedType Shell(TypeDefinitionNode definition) => definition switch
    {
        ObjectTypeDefinitionNode => new ObjectType(definition.Name.Value),
        InterfaceTypeDefinitionNode => new InterfaceType(definition.Name.Value),
        UnionTypeDefinitionNode => new UnionType(definition.Name.Value),
        EnumTypeDefinitionNode => new EnumType(definition.Name.Value),
        InputObjectTypeDefinitionNode => new InputObjectType(definition.Name.Value),
        ScalarTypeDefinitionNode => ScalarOf(definition.Name.Value),
        _ => throw At(definition, $"{definition.GetType().Name} defines no type."),
    };

    static ScalarType ScalarOf(string name) => new AnyType(name);

    void Complete(NamedType type, List<TypeDefinitionNode> parts)
    {
        type.Description = parts[0].Description?.Value;
        switch (type)
        {
            case ComplexType complex:
                var nodes = parts.OfType<ComplexTypeDefinitionNode>().ToList();
                complex.SetFields(nodes.SelectMany(node => node.Fields).Select(Field));
                complex.Interfaces = [.. nodes.SelectMany(node => node.Interfaces).Select(Find<InterfaceType>)];
                break;
            case UnionType union:
                union.Types = [.. parts.OfType<UnionTypeDefinitionNode>().SelectMany(node => node.Types).Select(Find<ObjectType>)];
                break;
            case EnumType enumeration:
                enumeration.SetValues(parts.OfType<EnumTypeDefinitionNode>().SelectMany(node => node.Values).Select(Value));
                break;
            case InputObjectType input:
                input.SetFields(parts.OfType<InputObjectTypeDefinitionNode>().SelectMany(node => node.Fields).Select(Input));
                input.IsOneOf = parts.Any(part => SdlDirectives.Find(part, "oneOf") is not null);
                break;
            case ScalarType scalar:
                scalar.SpecifiedByUrl = parts.Select(part => SdlDirectives.Text(part, "specifiedBy", "url")).FirstOrDefault(url => url is not null);
                break;
        }
    }

    OutputField Field(FieldDefinitionNode node)
    {
        var field = new OutputField(node.Name.Value, TypeOf(node.Type))
        {
            Description = node.Description?.Value,
            Arguments = [.. node.Arguments.Select(Input)],
            DeprecationReason = Deprecation(node),
            Cost = SdlDirectives.Weight(node),
            ListSize = SdlDirectives.ListSize(node),
        };
        if (field.Type.IsOutput) return field;
        throw At(node, $"Field \"{node.Name.Value}\" has the input type {field.Type}; fields give output types.");
    }

    InputValue Input(InputValueDefinitionNode node)
    {
        var input = new InputValue(node.Name.Value, TypeOf(node.Type))
        {
            Description = node.Description?.Value,
            DefaultValue = node.DefaultValue,
            DeprecationReason = Deprecation(node),
            Cost = SdlDirectives.Weight(node),
        };
        if (input.Type.IsInput) return input;
        throw At(node, $"\"{node.Name.Value}\" has the output type {input.Type}; arguments and input fields take input types.");
    }

    EnumValue Value(EnumValueDefinitionNode node) => new(node.Name.Value, node.Name.Value)
    {
        Description = node.Description?.Value,
        DeprecationReason = Deprecation(node),
    };

    void Declare(DirectiveDefinitionNode node)
    {
        if (SpecifiedTypes.DirectiveNames.Contains(node.Name.Value) && directives.ContainsKey(node.Name.Value)) return;
        var locations = node.Locations.Select(location => DirectiveLocations.TryParse(location.Value, out var known) ? known : throw At(location, $"\"{location.Value}\" is no directive location."));
        var directive = new DirectiveType(node.Name.Value, [.. locations])
        {
            Description = node.Description?.Value,
            Arguments = [.. node.Arguments.Select(Input)],
            IsRepeatable = node.IsRepeatable,
        };
        if (!directives.TryAdd(directive.Name, directive)) throw At(node, $"Directive \"@{directive.Name}\" is defined twice.");
    }

    static string? Deprecation(IHasDirectives node) =>
        SdlDirectives.Find(node, "deprecated") is null ? null : SdlDirectives.Text(node, "deprecated", "reason") ?? "No longer supported";

    static List<InterfaceType> WithInherited(ComplexType type)
    {
        var all = new List<InterfaceType>();
        void Add(InterfaceType contract)
        {
            if (ReferenceEquals(contract, type) || all.Contains(contract)) return;
            all.Add(contract);
            foreach (var parent in contract.Interfaces) Add(parent);
        }
        foreach (var contract in type.Interfaces) Add(contract);
        return all;
    }

    IType TypeOf(TypeNode node) => node switch
    {
        NonNullTypeNode nonNull => new NonNullType(TypeOf(nonNull.Type)),
        ListTypeNode list => new ListType(TypeOf(list.Type)),
        NamedTypeNode named => Find<NamedType>(named),
        _ => throw At(node, "Unknown type."),
    };

    T Find<T>(NamedTypeNode node) where T : NamedType => types.GetValueOrDefault(node.Name.Value) switch
    {
        T type => type,
        null => throw At(node, $"Unknown type \"{node.Name.Value}\"."),
        { } other => throw At(node, $"\"{other.Name}\" is a {other.GetType().Name}, where a {typeof(T).Name} is needed."),
    };

    static SchemaException At(SyntaxNode node, string message) => new($"{message} (line {node.Location.Line}, column {node.Location.Column})");
}
