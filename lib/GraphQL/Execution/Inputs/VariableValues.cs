using System.Globalization;
using System.Text.Json;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>The variables of one request as literals, checked against their types.</summary>
sealed class VariableValues
{
    public static readonly VariableValues None = new([]);

    readonly Dictionary<string, ValueNode> _values;

    VariableValues(Dictionary<string, ValueNode> values) => _values = values;

    public bool Contains(string name) => _values.ContainsKey(name);

    public ValueNode? Literal(string name) => _values.GetValueOrDefault(name);

    public bool IsTrue(string name) => _values.GetValueOrDefault(name) is BooleanValueNode { Value: true };

    /// <param name="given">A JSON object, or undefined.</param>
    /// <exception cref="GraphQLException">A variable is missing or does not fit.</exception>
    public static VariableValues Coerce(IReadOnlyList<VariablePlan> plans, JsonElement given)
    {
        if (plans.Count == 0) return None;
        var values = new Dictionary<string, ValueNode>(plans.Count, StringComparer.Ordinal);
        var faults = new List<GraphQLError>();
        foreach (var plan in plans)
        {
            if (given.ValueKind == JsonValueKind.Object && given.TryGetProperty(plan.Name, out var json))
            {
                var literal = JsonLiterals.From(json, plan.Type);
                if (literal is NullValueNode && plan.Type.IsNonNull)
                    faults.Add(At(plan, $"Variable \"${plan.Name}\" of non-null type \"{plan.Type}\" must not be null."));
                else if (Check(plan, literal) is { } fault) faults.Add(fault);
                else values.Add(plan.Name, literal);
            }
            else if (plan.DefaultValue is { } defaultValue) values.Add(plan.Name, defaultValue);
            else if (plan.Type.IsNonNull) faults.Add(At(plan, $"Variable \"${plan.Name}\" of required type \"{plan.Type}\" was not provided."));
        }
        return faults.Count == 0 ? new(values) : throw new GraphQLException(faults);
    }

    static GraphQLError? Check(VariablePlan plan, ValueNode literal)
    {
        try
        {
            InputCoercion.Value(plan.Type, literal, runtimeType: null, None);
            return null;
        }
        catch (GraphQLException fault)
        {
            return At(plan, $"Variable \"${plan.Name}\" got invalid value {literal}; {fault.Errors[0].Message}");
        }
    }

    static GraphQLError At(VariablePlan plan, string message) => new(message) { Locations = [plan.Location] };
}

/// <summary>JSON as literals of the type that is expected there.</summary>
static class JsonLiterals
{
    static Location Nowhere => default;

    public static ValueNode From(JsonElement json, IType? type) => json.ValueKind switch
    {
        JsonValueKind.String when type?.NamedType is EnumType => new EnumValueNode(Nowhere, json.GetString()!),
        JsonValueKind.String => new StringValueNode(Nowhere, json.GetString()!, isBlock: false),
        JsonValueKind.True or JsonValueKind.False => new BooleanValueNode(Nowhere, json.GetBoolean()),
        JsonValueKind.Number => Number(json),
        JsonValueKind.Array => new ListValueNode(Nowhere, [.. json.EnumerateArray().Select(item => From(item, type?.Nullable is ListType list ? list.ElementType : type))]),
        JsonValueKind.Object => Object(json, type?.Nullable is ListType ? type.NamedType : type),
        _ => new NullValueNode(Nowhere),
    };

    static ObjectValueNode Object(JsonElement json, IType? type) => new(Nowhere,
    [
        .. json.EnumerateObject().Select(property => new ObjectFieldNode(
            Nowhere,
            new(Nowhere, property.Name),
            From(property.Value, type?.Nullable is InputObjectType input && input.TryGetField(property.Name, out var field) ? field.Type : null))),
    ]);

    // JSON knows one kind of number: 1.0 is whole
    static ValueNode Number(JsonElement json)
    {
        var text = json.GetRawText();
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') < 0) return new IntValueNode(Nowhere, text);
        if (json.TryGetDouble(out var number) && number == Math.Truncate(number) && Math.Abs(number) < 1e15)
            return new IntValueNode(Nowhere, number.ToString("F0", CultureInfo.InvariantCulture));
        return new FloatValueNode(Nowhere, text);
    }
}
