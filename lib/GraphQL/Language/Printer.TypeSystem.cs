namespace OptiInfra.GraphQL.Language;

public sealed partial class Printer
{
    void TypeSystemDefinition(TypeSystemDefinitionNode definition)
    {
        Description(definition.Description);
        if (definition.IsExtension) _text.Append("extend ");
        switch (definition)
        {
            case SchemaDefinitionNode schema:
                _text.Append("schema");
                Directives(schema.Directives);
                Members(schema.OperationTypes, OperationType);
                break;
            case DirectiveDefinitionNode directive:
                _text.Append("directive @").Append(directive.Name.Value);
                Parameters(directive.Arguments);
                if (directive.IsRepeatable) _text.Append(" repeatable");
                _text.Append(" on ");
                Between(directive.Locations, " | ", Node);
                break;
            case ScalarTypeDefinitionNode scalar:
                Head("scalar", scalar);
                break;
            case ComplexTypeDefinitionNode complex:
                _text.Append(complex is InterfaceTypeDefinitionNode ? "interface " : "type ").Append(complex.Name.Value);
                if (complex.Interfaces.Count > 0)
                {
                    _text.Append(" implements ");
                    Between(complex.Interfaces, " & ", Type);
                }
                Directives(complex.Directives);
                Members(complex.Fields, FieldDefinition);
                break;
            case UnionTypeDefinitionNode union:
                Head("union", union);
                if (union.Types.Count == 0) break;
                _text.Append(" = ");
                Between(union.Types, " | ", Type);
                break;
            case EnumTypeDefinitionNode enumeration:
                Head("enum", enumeration);
                Members(enumeration.Values, EnumValue);
                break;
            case InputObjectTypeDefinitionNode input:
                Head("input", input);
                Members(input.Fields, InputField);
                break;
        }
    }

    void Head(string keyword, TypeDefinitionNode type)
    {
        _text.Append(keyword).Append(' ').Append(type.Name.Value);
        Directives(type.Directives);
    }

    void Members<T>(IReadOnlyList<T> members, Action<T> print)
    {
        if (members.Count == 0) return;
        _text.Append(' ');
        Block(members, print);
    }

    void OperationType(OperationTypeDefinitionNode operation) =>
        _text.Append(Keyword(operation.Operation)).Append(": ").Append(operation.Type.Name.Value);

    void FieldDefinition(FieldDefinitionNode field)
    {
        Description(field.Description);
        _text.Append(field.Name.Value);
        Parameters(field.Arguments);
        _text.Append(": ");
        Type(field.Type);
        Directives(field.Directives);
    }

    void Parameters(IReadOnlyList<InputValueDefinitionNode> parameters)
    {
        if (parameters.Count == 0) return;
        if (parameters.All(parameter => parameter.Description is null))
        {
            Bracketed('(', parameters, ", ", InputValue, ')');
            return;
        }
        _text.Append('(');
        _indent++;
        foreach (var parameter in parameters)
        {
            NewLine();
            InputField(parameter);
        }
        _indent--;
        NewLine();
        _text.Append(')');
    }

    void InputField(InputValueDefinitionNode input)
    {
        Description(input.Description);
        InputValue(input);
    }

    void InputValue(InputValueDefinitionNode input)
    {
        _text.Append(input.Name.Value).Append(": ");
        Type(input.Type);
        Default(input.DefaultValue);
        Directives(input.Directives);
    }

    void EnumValue(EnumValueDefinitionNode value)
    {
        Description(value.Description);
        _text.Append(value.Name.Value);
        Directives(value.Directives);
    }
}
