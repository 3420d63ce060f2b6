using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>Turns literals and variables into what resolvers get (specification, sections 3.12 and 6.4.1).</summary>
static class InputCoercion
{
    public static bool HasVariables(ValueNode value) => value switch
    {
        VariableNode => true,
        ListValueNode list => list.Values.Any(HasVariables),
        ObjectValueNode obj => obj.Fields.Any(field => HasVariables(field.Value)),
        _ => false,
    };

    /// <summary>One value per argument, in the order of their definition; <see cref="Absent"/> where there is none.</summary>
    /// <exception cref="GraphQLException">A value does not fit.</exception>
    public static object?[] Arguments(IReadOnlyList<InputValue> definitions, IReadOnlyList<ArgumentNode> given, VariableValues variables)
    {
        var values = new object?[definitions.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var definition = definitions[i];
            var node = Find(given, definition.Name);
            values[i] = Field(definition, node?.Value, variables, $"Argument \"{definition.Name}\"", node);
        }
        return values;
    }

    static ArgumentNode? Find(IReadOnlyList<ArgumentNode> given, string name)
    {
        foreach (var argument in given)
            if (string.Equals(argument.Name.Value, name, StringComparison.Ordinal)) return argument;
        return null;
    }

    static object? Field(InputValue definition, ValueNode? node, VariableValues variables, string what, SyntaxNode? place)
    {
        if (node is VariableNode variable && !variables.Contains(variable.Name.Value)) node = null;
        if (node is null)
        {
            if (definition.DefaultValue is { } defaultValue) return Value(definition.Type, defaultValue, definition.RuntimeType, VariableValues.None);
            if (definition.Type.IsNonNull) throw Fault($"{what} of required type \"{definition.Type}\" was not provided.", place);
            return Absent.Value;
        }
        if (IsNull(node, variables) && definition.Type.IsNonNull)
            throw Fault($"{what} of non-null type \"{definition.Type}\" must not be null.", place);
        return Value(definition.Type, node, definition.RuntimeType, variables);
    }

    static bool IsNull(ValueNode node, VariableValues variables) =>
        node is NullValueNode || (node is VariableNode variable && variables.Literal(variable.Name.Value) is NullValueNode);

    /// <param name="runtimeType">What to make of it; a plain value of the type's own where null.</param>
    /// <exception cref="GraphQLException">The value does not fit.</exception>
    public static object? Value(IType type, ValueNode node, Type? runtimeType, VariableValues variables)
    {
        if (node is VariableNode variable) node = variables.Literal(variable.Name.Value) ?? new NullValueNode(node.Location);
        var isOptional = Optional.IsOptional(runtimeType);
        if (isOptional) runtimeType = runtimeType!.GetGenericArguments()[0];
        var value = Plain(type, node, runtimeType, variables);
        return isOptional ? Optional.Of(runtimeType!, value) : value;
    }

    static object? Plain(IType type, ValueNode node, Type? runtimeType, VariableValues variables)
    {
        if (node is NullValueNode)
            return type.IsNonNull ? throw Fault($"Expected non-nullable type \"{type}\" not to be null.", node) : null;
        switch (type.Nullable)
        {
            case ListType list:
                var items = RuntimeLists.ElementType(runtimeType);
                return node is ListValueNode values
                    ? RuntimeLists.Make(runtimeType, [.. values.Values.Select(item => Value(list.ElementType, item, items, variables))])
                    : RuntimeLists.Make(runtimeType, [Value(list.ElementType, node, items, variables)]);
            case ScalarType scalar:
                return scalar.TryCoerce(node, out var value, out var fault)
                    ? RuntimeConversion.To(runtimeType, ReferenceEquals(value, Absent.Value) ? null : value, scalar, node)
                    : throw Fault(fault, node);
            case EnumType enumeration:
                return enumeration.TryCoerce(node, out var member, out var wrong) ? member : throw Fault(wrong, node);
            case InputObjectType input:
                return Object(input, node, variables);
            default:
                throw Fault($"\"{type}\" is no input type.", node);
        }
    }

    static object Object(InputObjectType type, ValueNode node, VariableValues variables)
    {
        if (node is not ObjectValueNode obj) throw Fault($"Expected type \"{type.Name}\" to be an object.", node);
        var unknown = obj.Fields.FirstOrDefault(field => !type.TryGetField(field.Name.Value, out _));
        if (unknown is not null) throw Fault($"Field \"{unknown.Name.Value}\" is not defined by type \"{type.Name}\".", unknown);
        if (type.IsOneOf) RequireOne(type, obj, variables);
        var values = new object?[type.Fields.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var definition = type.Fields[i];
            var field = obj.Fields.LastOrDefault(candidate => string.Equals(candidate.Name.Value, definition.Name, StringComparison.Ordinal));
            values[i] = Field(definition, field?.Value, variables, $"Field \"{type.Name}.{definition.Name}\"", field ?? (SyntaxNode)node);
        }
        if (type.Create is { } create) return create(values);
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < values.Length; i++)
            if (!ReferenceEquals(values[i], Absent.Value)) fields.Add(type.Fields[i].Name, values[i]);
        return fields;
    }

    static void RequireOne(InputObjectType type, ObjectValueNode obj, VariableValues variables)
    {
        var given = obj.Fields.Where(field => field.Value is not VariableNode variable || variables.Contains(variable.Name.Value)).ToList();
        if (given.Count != 1) throw Fault($"Within OneOf Input Object type \"{type.Name}\", exactly one field must be specified, and the value for that field must be non-null.", obj);
        if (IsNull(given[0].Value, variables)) throw Fault($"Field \"{given[0].Name.Value}\" for OneOf type \"{type.Name}\" must be non-null.", given[0]);
    }

    static GraphQLException Fault(string message, SyntaxNode? node) =>
        new(node is null || node.Location.Line == 0 ? new GraphQLError(message) : GraphQLError.At(message, node));
}
