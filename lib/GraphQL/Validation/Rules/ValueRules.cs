using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Literals that fit their types (specification, section 5.6).</summary>
sealed class ValueRules(ValidationContext context) : DocumentVisitor(context)
{
    public override void Value(ValueNode value, IType? type, InputValue? definition)
    {
        RequireUniqueFields(value);
        Check(value, type);
    }

    void RequireUniqueFields(ValueNode value)
    {
        if (value is ListValueNode list)
        {
            foreach (var item in list.Values) RequireUniqueFields(item);
        }
        else if (value is ObjectValueNode obj)
        {
            Context.RequireUnique(SpecifiedRule.UniqueInputFieldNames, obj.Fields, field => field.Name, "Input field");
            foreach (var field in obj.Fields) RequireUniqueFields(field.Value);
        }
    }

    void Check(ValueNode value, IType? type)
    {
        if (type is null) return;
        switch (value)
        {
            case VariableNode:
                break;
            case NullValueNode:
                if (type.IsNonNull) Refuse(value, $"A value of type \"{type}\" cannot be null.");
                break;
            case ListValueNode list when type.Nullable is ListType expected:
                foreach (var item in list.Values) Check(item, expected.ElementType);
                break;
            case ObjectValueNode obj when type.NamedType is InputObjectType input:
                CheckObject(obj, input);
                break;
            default:
                CheckLeaf(value, type);
                break;
        }
    }

    void CheckLeaf(ValueNode value, IType type)
    {
        string? fault = null;
        var fits = type.NamedType switch
        {
            ScalarType scalar => scalar.TryCoerce(value, out _, out fault),
            EnumType enumeration => enumeration.TryCoerce(value, out _, out fault),
            _ => false,
        };
        if (!fits) Refuse(value, fault ?? $"Expected a value of type \"{type}\", found {value}.");
    }

    void CheckObject(ObjectValueNode obj, InputObjectType type)
    {
        var given = obj.Fields.ToLookup(field => field.Name.Value, StringComparer.Ordinal);
        foreach (var missing in type.Fields.Where(field => field.IsRequired && !given.Contains(field.Name)))
            Refuse(obj, $"\"{type.Name}\" needs the field \"{missing.Name}\" of type \"{missing.Type}\".");
        if (type.IsOneOf)
        {
            if (given.Count != 1) Refuse(obj, $"\"{type.Name}\" takes exactly one of its fields; {given.Count} are given.");
            else if (given.First().Last().Value is NullValueNode) Refuse(obj, $"\"{type.Name}\" takes exactly one of its fields, and not null.");
        }
        foreach (var field in obj.Fields)
        {
            if (type.TryGetField(field.Name.Value, out var definition)) Check(field.Value, definition.Type);
            else Refuse(field, $"\"{type.Name}\" has no field \"{field.Name.Value}\".");
        }
    }

    void Refuse(SyntaxNode node, string message) => Context.Report(SpecifiedRule.ValuesOfCorrectType, message, node);
}
