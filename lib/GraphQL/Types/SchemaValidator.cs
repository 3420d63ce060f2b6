using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>Checks that types keep the promises that the specification's section 3 lists under Type Validation.</summary>
static class SchemaValidator
{
    /// <exception cref="SchemaException">Names every fault found.</exception>
    public static void Check(Schema schema)
    {
        var faults = Faults(schema).ToList();
        if (faults.Count > 0) throw new SchemaException(string.Join(Environment.NewLine, faults));
    }

    static IEnumerable<string> Faults(Schema schema)
    {
        var roots = new[] { schema.QueryType, schema.MutationType, schema.SubscriptionType }.Where(root => root is not null).ToList();
        if (roots.Distinct().Count() != roots.Count) yield return "Query, mutation and subscription need a type each; one type stands for two of them.";
        foreach (var type in schema.Types.Values.Where(type => !SpecifiedTypes.IsSpecified(type)))
        {
            foreach (var fault in OfName(type.Name, "Type")) yield return fault;
            foreach (var fault in OfType(schema, type)) yield return fault;
        }
    }

    static IEnumerable<string> OfType(Schema schema, NamedType type) => type switch
    {
        ComplexType complex => OfComplex(schema, complex),
        UnionType { Types.Count: 0 } => [$"Union type \"{type.Name}\" must define one or more member types."],
        EnumType { Values.Count: 0 } => [$"Enum type \"{type.Name}\" must define one or more values."],
        InputObjectType input => OfInput(input),
        _ => [],
    };

    static IEnumerable<string> OfName(string name, string what)
    {
        if (name.StartsWith("__", StringComparison.Ordinal)) yield return $"{what} \"{name}\" must not begin with \"__\", which is kept for introspection.";
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            yield return $"{what} \"{name}\" has a name that GraphQL does not allow: letters, digits and _ only; give another with [GraphQLName].";
    }

    static IEnumerable<string> OfComplex(Schema schema, ComplexType type)
    {
        if (type.Fields.Count == 0) yield return $"Type \"{type.Name}\" must define one or more fields.";
        foreach (var fault in type.Fields.SelectMany(field => OfName(field.Name, $"Field of \"{type.Name}\"").Concat(OfArguments($"{type.Name}.{field.Name}", field.Arguments)))) yield return fault;
        foreach (var fault in type.Interfaces.SelectMany(contract => contract.Fields.SelectMany(field => OfPromise(schema, type, contract, field)))) yield return fault;
        if (type is InterfaceType self && self.Interfaces.Any(parent => parent.Interfaces.Contains(self))) yield return $"Interface \"{type.Name}\" implements itself through others.";
    }

    static IEnumerable<string> OfPromise(Schema schema, ComplexType type, InterfaceType contract, OutputField promised)
    {
        var place = $"{contract.Name}.{promised.Name}";
        if (!type.TryGetField(promised.Name, out var field))
        {
            yield return $"Interface field {place} expected but {type.Name} does not provide it.";
            yield break;
        }
        if (!Fits(schema, field.Type, promised.Type)) yield return $"Interface field {place} expects type {promised.Type} but {type.Name}.{field.Name} is type {field.Type}.";
        foreach (var argument in promised.Arguments)
        {
            if (field.FindArgument(argument.Name) is not { } given) yield return $"Interface field argument {place}({argument.Name}:) expected but {type.Name}.{field.Name} does not provide it.";
            else if (!given.Type.IsSameAs(argument.Type)) yield return $"Interface field argument {place}({argument.Name}:) expects type {argument.Type} but {type.Name}.{field.Name}({argument.Name}:) is type {given.Type}.";
        }
        foreach (var further in field.Arguments.Where(argument => argument.IsRequired && promised.FindArgument(argument.Name) is null))
            yield return $"Argument {type.Name}.{field.Name}({further.Name}:) must not be required: interface field {place} does not have it.";
    }

    static bool Fits(Schema schema, IType type, IType promised) => (type, promised) switch
    {
        (NonNullType a, NonNullType b) => Fits(schema, a.NullableType, b.NullableType),
        (NonNullType a, _) => Fits(schema, a.NullableType, promised),
        (_, NonNullType) => false,
        (ListType a, ListType b) => Fits(schema, a.ElementType, b.ElementType),
        (NamedType a, NamedType b) => schema.IsSubType(a, b),
        _ => false,
    };

    static IEnumerable<string> OfArguments(string place, IReadOnlyList<InputValue> arguments) => arguments.SelectMany(argument =>
        OfName(argument.Name, $"Argument of \"{place}\"")
            .Concat(arguments.Count(other => string.Equals(other.Name, argument.Name, StringComparison.Ordinal)) > 1 ? [$"Argument \"{argument.Name}\" of \"{place}\" is defined twice."] : [])
            .Concat(argument is { IsRequired: true, DeprecationReason: not null } ? [$"Required argument {place}({argument.Name}:) cannot be deprecated."] : [])
            .Concat(OfDefault($"{place}({argument.Name}:)", argument)));

    static IEnumerable<string> OfInput(InputObjectType type)
    {
        if (type.Fields.Count == 0) yield return $"Input type \"{type.Name}\" must define one or more fields.";
        foreach (var field in type.Fields)
        {
            foreach (var fault in OfName(field.Name, $"Field of \"{type.Name}\"").Concat(OfDefault($"{type.Name}.{field.Name}", field))) yield return fault;
            if (field is { IsRequired: true, DeprecationReason: not null }) yield return $"Required input field {type.Name}.{field.Name} cannot be deprecated.";
            if (type.IsOneOf && (field.Type.IsNonNull || field.DefaultValue is not null)) yield return $"Field {type.Name}.{field.Name} of the @oneOf input must be nullable and have no default.";
        }
        if (NeedsItself(type, type, [])) yield return $"Input type \"{type.Name}\" needs itself through non-null fields, so that no value of it can be given.";
    }

    static bool NeedsItself(InputObjectType wanted, InputObjectType type, HashSet<InputObjectType> seen) => seen.Add(type) && type.Fields.Any(field =>
        field.Type is NonNullType { NullableType: InputObjectType inner } && (ReferenceEquals(inner, wanted) || NeedsItself(wanted, inner, seen)));

    static IEnumerable<string> OfDefault(string place, InputValue input)
    {
        if (input.DefaultValue is not { } value) yield break;
        string? fault = null;
        try
        {
            InputCoercion.Value(input.Type, value, runtimeType: null, VariableValues.None);
        }
        catch (GraphQLException refused)
        {
            fault = refused.Errors[0].Message;
        }
        if (fault is not null) yield return $"The default {value} of {place} does not fit: {fault}";
    }
}
