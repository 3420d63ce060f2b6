namespace OptiInfra.GraphQL.Language;

public sealed partial class Parser
{
    ValueNode Value(bool isConstant)
    {
        var token = _token;
        switch (token.Kind)
        {
            case TokenKind.BracketLeft:
                return List(isConstant);
            case TokenKind.BraceLeft:
                return Object(isConstant);
            case TokenKind.Int:
                Advance();
                return new IntValueNode(token.Location, token.Value!);
            case TokenKind.Float:
                Advance();
                return new FloatValueNode(token.Location, token.Value!);
            case TokenKind.String or TokenKind.BlockString:
                return String();
            case TokenKind.Name:
                Advance();
                return token.Value switch
                {
                    "true" => new BooleanValueNode(token.Location, value: true),
                    "false" => new BooleanValueNode(token.Location, value: false),
                    "null" => new NullValueNode(token.Location),
                    _ => new EnumValueNode(token.Location, token.Value!),
                };
            case TokenKind.Dollar when isConstant:
                Advance();
                throw _token.Kind == TokenKind.Name
                    ? new SyntaxException($"Unexpected variable \"${_token.Value}\" in constant value.", token.Location)
                    : Unexpected(token);
            case TokenKind.Dollar:
                return Variable();
            default:
                throw Unexpected();
        }
    }

    ListValueNode List(bool isConstant)
    {
        var start = _token.Location;
        Deeper();
        var values = Any(TokenKind.BracketLeft, () => Value(isConstant), TokenKind.BracketRight);
        _depth--;
        return new(From(start), values);
    }

    ObjectValueNode Object(bool isConstant)
    {
        var start = _token.Location;
        Deeper();
        var fields = Any(TokenKind.BraceLeft, () => ObjectField(isConstant), TokenKind.BraceRight);
        _depth--;
        return new(From(start), fields);
    }

    ObjectFieldNode ObjectField(bool isConstant)
    {
        var start = _token.Location;
        var name = Name();
        Expect(TokenKind.Colon);
        var value = Value(isConstant);
        return new(From(start), name, value);
    }

    VariableNode Variable()
    {
        var start = _token.Location;
        Expect(TokenKind.Dollar);
        var name = Name();
        return new(From(start), name);
    }

    StringValueNode String()
    {
        var token = _token;
        Advance();
        return new(token.Location, token.Value!, token.Kind == TokenKind.BlockString);
    }

    StringValueNode? Description() => _token.Kind is TokenKind.String or TokenKind.BlockString ? String() : null;

    TypeNode Type()
    {
        var start = _token.Location;
        TypeNode type;
        if (_token.Kind == TokenKind.BracketLeft)
        {
            Deeper();
            Advance();
            var inner = Type();
            Expect(TokenKind.BracketRight);
            _depth--;
            type = new ListTypeNode(From(start), inner);
        }
        else type = NamedType();
        return Skip(TokenKind.Bang) ? new NonNullTypeNode(From(start), type) : type;
    }

    NamedTypeNode NamedType()
    {
        var name = Name();
        return new(name.Location, name);
    }

    NameNode Name()
    {
        var token = Expect(TokenKind.Name);
        return new(token.Location, token.Value!);
    }
}
