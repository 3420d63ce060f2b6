namespace OptiInfra.GraphQL.Language;

public sealed partial class Parser
{
    DefinitionNode Extension()
    {
        var start = _token.Location;
        ExpectKeyword("extend");
        return TypeSystemDefinition(start, description: null, isExtension: true) ?? throw Unexpected();
    }

    TypeSystemDefinitionNode? TypeSystemDefinition(Location start, StringValueNode? description, bool isExtension)
    {
        if (_token.Kind != TokenKind.Name) return null;
        switch (_token.Value)
        {
            case "schema": return Schema(start, description, isExtension);
            case "scalar": return Scalar(start, description, isExtension);
            case "type": return ObjectType(start, description, isExtension);
            case "interface": return Interface(start, description, isExtension);
            case "union": return Union(start, description, isExtension);
            case "enum": return Enum(start, description, isExtension);
            case "input": return InputObject(start, description, isExtension);
            case "directive" when !isExtension: return Directive(start, description);
            default: return null;
        }
    }

    SchemaDefinitionNode Schema(Location start, StringValueNode? description, bool isExtension)
    {
        Advance();
        var directives = Directives(isConstant: true);
        var types = isExtension
            ? OptionalMany(TokenKind.BraceLeft, OperationTypeDefinition, TokenKind.BraceRight)
            : Many(TokenKind.BraceLeft, OperationTypeDefinition, TokenKind.BraceRight);
        RequireContent(isExtension, directives.Count + types.Count);
        return new(From(start), description, directives, types, isExtension);
    }

    OperationTypeDefinitionNode OperationTypeDefinition()
    {
        var start = _token.Location;
        var operation = OperationTypeName();
        Expect(TokenKind.Colon);
        var type = NamedType();
        return new(From(start), operation, type);
    }

    ScalarTypeDefinitionNode Scalar(Location start, StringValueNode? description, bool isExtension)
    {
        Advance();
        var name = Name();
        var directives = Directives(isConstant: true);
        RequireContent(isExtension, directives.Count);
        return new(From(start), description, name, directives, isExtension);
    }

    ObjectTypeDefinitionNode ObjectType(Location start, StringValueNode? description, bool isExtension)
    {
        Advance();
        var name = Name();
        var interfaces = ImplementedInterfaces();
        var directives = Directives(isConstant: true);
        var fields = OptionalMany(TokenKind.BraceLeft, FieldDefinition, TokenKind.BraceRight);
        RequireContent(isExtension, interfaces.Count + directives.Count + fields.Count);
        return new(From(start), description, name, interfaces, directives, fields, isExtension);
    }

    InterfaceTypeDefinitionNode Interface(Location start, StringValueNode? description, bool isExtension)
    {
        Advance();
        var name = Name();
        var interfaces = ImplementedInterfaces();
        var directives = Directives(isConstant: true);
        var fields = OptionalMany(TokenKind.BraceLeft, FieldDefinition, TokenKind.BraceRight);
        RequireContent(isExtension, interfaces.Count + directives.Count + fields.Count);
        return new(From(start), description, name, interfaces, directives, fields, isExtension);
    }

    IReadOnlyList<NamedTypeNode> ImplementedInterfaces() => SkipKeyword("implements") ? Separated(TokenKind.Ampersand, NamedType) : [];

    FieldDefinitionNode FieldDefinition()
    {
        var start = _token.Location;
        var description = Description();
        var name = Name();
        var arguments = OptionalMany(TokenKind.ParenLeft, InputValueDefinition, TokenKind.ParenRight);
        Expect(TokenKind.Colon);
        var type = Type();
        var directives = Directives(isConstant: true);
        return new(From(start), description, name, arguments, type, directives);
    }

    InputValueDefinitionNode InputValueDefinition()
    {
        var start = _token.Location;
        var description = Description();
        var name = Name();
        Expect(TokenKind.Colon);
        var type = Type();
        var defaultValue = Skip(TokenKind.Equal) ? Value(isConstant: true) : null;
        var directives = Directives(isConstant: true);
        return new(From(start), description, name, type, defaultValue, directives);
    }

    UnionTypeDefinitionNode Union(Location start, StringValueNode? description, bool isExtension)
    {
        Advance();
        var name = Name();
        var directives = Directives(isConstant: true);
        IReadOnlyList<NamedTypeNode> types = Skip(TokenKind.Equal) ? Separated(TokenKind.Pipe, NamedType) : [];
        RequireContent(isExtension, directives.Count + types.Count);
        return new(From(start), description, name, directives, types, isExtension);
    }

    EnumTypeDefinitionNode Enum(Location start, StringValueNode? description, bool isExtension)
    {
        Advance();
        var name = Name();
        var directives = Directives(isConstant: true);
        var values = OptionalMany(TokenKind.BraceLeft, EnumValueDefinition, TokenKind.BraceRight);
        RequireContent(isExtension, directives.Count + values.Count);
        return new(From(start), description, name, directives, values, isExtension);
    }

    EnumValueDefinitionNode EnumValueDefinition()
    {
        var start = _token.Location;
        var description = Description();
        if (_token is { Kind: TokenKind.Name, Value: "true" or "false" or "null" })
            throw new SyntaxException($"Name \"{_token.Value}\" is reserved and cannot be used for an enum value.", _token.Location);
        var name = Name();
        var directives = Directives(isConstant: true);
        return new(From(start), description, name, directives);
    }

    InputObjectTypeDefinitionNode InputObject(Location start, StringValueNode? description, bool isExtension)
    {
        Advance();
        var name = Name();
        var directives = Directives(isConstant: true);
        var fields = OptionalMany(TokenKind.BraceLeft, InputValueDefinition, TokenKind.BraceRight);
        RequireContent(isExtension, directives.Count + fields.Count);
        return new(From(start), description, name, directives, fields, isExtension);
    }

    DirectiveDefinitionNode Directive(Location start, StringValueNode? description)
    {
        Advance();
        Expect(TokenKind.At);
        var name = Name();
        var arguments = OptionalMany(TokenKind.ParenLeft, InputValueDefinition, TokenKind.ParenRight);
        var isRepeatable = SkipKeyword("repeatable");
        ExpectKeyword("on");
        var locations = Separated(TokenKind.Pipe, DirectiveLocationName);
        return new(From(start), description, name, arguments, isRepeatable, locations);
    }

    NameNode DirectiveLocationName() => DirectiveLocations.TryParse(_token.Value ?? "", out _) ? Name() : throw Unexpected();

    // an extension that adds nothing is no extension (specification, section 3.4.3 and its like)
    void RequireContent(bool isExtension, int parts)
    {
        if (isExtension && parts == 0) throw Unexpected();
    }
}
