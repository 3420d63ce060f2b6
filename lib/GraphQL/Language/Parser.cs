using System.Globalization;
using System.Text;

namespace OptiInfra.GraphQL.Language;

/// <summary>Reads documents of the GraphQL language: operations, fragments and type systems.</summary>
public sealed partial class Parser
{
    readonly Lexer _lexer;
    readonly ParserOptions _options;
    Token _token;
    int _lastEnd;
    int _depth;

    Parser(string source, ParserOptions? options)
    {
        _options = options ?? ParserOptions.Default;
        _lexer = new(source, _options.MaxTokens);
        _token = _lexer.Next();
    }

    /// <exception cref="SyntaxException">The text is no document, or exceeds the bounds.</exception>
    public static DocumentNode Parse(string source, ParserOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new Parser(source, options).Document();
    }

    /// <param name="source">UTF-8; a byte order mark is ignored.</param>
    /// <exception cref="SyntaxException">The text is no document, or exceeds the bounds.</exception>
    public static DocumentNode Parse(ReadOnlySpan<byte> source, ParserOptions? options = null) =>
        new Parser(Encoding.UTF8.GetString(source), options).Document();

    /// <exception cref="SyntaxException">The text is no single value.</exception>
    public static ValueNode ParseValue(string source, ParserOptions? options = null)
    {
        var parser = new Parser(source, options);
        var value = parser.Value(isConstant: false);
        parser.Expect(TokenKind.EndOfFile);
        return value;
    }

    /// <exception cref="SyntaxException">The text is no single type.</exception>
    public static TypeNode ParseType(string source, ParserOptions? options = null)
    {
        var parser = new Parser(source, options);
        var type = parser.Type();
        parser.Expect(TokenKind.EndOfFile);
        return type;
    }

    DocumentNode Document()
    {
        var start = _token.Location;
        var definitions = new List<DefinitionNode>();
        do definitions.Add(Definition());
        while (_token.Kind != TokenKind.EndOfFile);
        return new(From(start), definitions);
    }

    DefinitionNode Definition()
    {
        var start = _token.Location;
        if (_token.Kind == TokenKind.BraceLeft) return ShortOperation();
        var description = Description();
        if (_token.Kind != TokenKind.Name) throw Unexpected();
        return _token.Value switch
        {
            "query" or "mutation" or "subscription" => Operation(start, description),
            "fragment" => Fragment(start, description),
            "extend" when description is null => Extension(),
            _ => TypeSystemDefinition(start, description, isExtension: false) ?? throw Unexpected(),
        };
    }

    OperationDefinitionNode ShortOperation()
    {
        var start = _token.Location;
        var selections = SelectionSet();
        return new(From(start), null, OperationType.Query, null, [], [], selections);
    }

    OperationDefinitionNode Operation(Location start, StringValueNode? description)
    {
        var operation = OperationTypeName();
        var name = _token.Kind == TokenKind.Name ? Name() : null;
        var variables = OptionalMany(TokenKind.ParenLeft, VariableDefinition, TokenKind.ParenRight);
        var directives = Directives(isConstant: false);
        var selections = SelectionSet();
        return new(From(start), description, operation, name, variables, directives, selections);
    }

    OperationType OperationTypeName()
    {
        var token = Expect(TokenKind.Name);
        return token.Value switch
        {
            "query" => OperationType.Query,
            "mutation" => OperationType.Mutation,
            "subscription" => OperationType.Subscription,
            _ => throw Unexpected(token),
        };
    }

    VariableDefinitionNode VariableDefinition()
    {
        var start = _token.Location;
        var description = Description();
        var variable = Variable();
        Expect(TokenKind.Colon);
        var type = Type();
        var defaultValue = Skip(TokenKind.Equal) ? Value(isConstant: true) : null;
        var directives = Directives(isConstant: true);
        return new(From(start), description, variable, type, defaultValue, directives);
    }

    FragmentDefinitionNode Fragment(Location start, StringValueNode? description)
    {
        ExpectKeyword("fragment");
        var name = FragmentName();
        ExpectKeyword("on");
        var condition = NamedType();
        var directives = Directives(isConstant: false);
        var selections = SelectionSet();
        return new(From(start), description, name, condition, directives, selections);
    }

    NameNode FragmentName() => _token.Value == "on" && _token.Kind == TokenKind.Name ? throw Unexpected() : Name();

    SelectionSetNode SelectionSet()
    {
        var start = _token.Location;
        Deeper();
        var selections = Many(TokenKind.BraceLeft, Selection, TokenKind.BraceRight);
        _depth--;
        return new(From(start), selections);
    }

    SelectionNode Selection() => _token.Kind == TokenKind.Spread ? FragmentSelection() : Field();

    FieldNode Field()
    {
        var start = _token.Location;
        var name = Name();
        NameNode? alias = null;
        if (Skip(TokenKind.Colon)) (alias, name) = (name, Name());
        var arguments = Arguments(isConstant: false);
        var directives = Directives(isConstant: false);
        var selections = _token.Kind == TokenKind.BraceLeft ? SelectionSet() : null;
        return new(From(start), alias, name, arguments, directives, selections);
    }

    SelectionNode FragmentSelection()
    {
        var start = _token.Location;
        Expect(TokenKind.Spread);
        var hasCondition = SkipKeyword("on");
        if (!hasCondition && _token.Kind == TokenKind.Name)
        {
            var name = FragmentName();
            var spreadDirectives = Directives(isConstant: false);
            return new FragmentSpreadNode(From(start), name, spreadDirectives);
        }
        var condition = hasCondition ? NamedType() : null;
        var directives = Directives(isConstant: false);
        var selections = SelectionSet();
        return new InlineFragmentNode(From(start), condition, directives, selections);
    }

    IReadOnlyList<ArgumentNode> Arguments(bool isConstant) =>
        _token.Kind == TokenKind.ParenLeft ? Many(TokenKind.ParenLeft, () => Argument(isConstant), TokenKind.ParenRight) : [];

    ArgumentNode Argument(bool isConstant)
    {
        var start = _token.Location;
        var name = Name();
        Expect(TokenKind.Colon);
        var value = Value(isConstant);
        return new(From(start), name, value);
    }

    IReadOnlyList<DirectiveNode> Directives(bool isConstant)
    {
        if (_token.Kind != TokenKind.At) return [];
        var directives = new List<DirectiveNode>();
        while (_token.Kind == TokenKind.At)
        {
            var start = _token.Location;
            Advance();
            var name = Name();
            var arguments = Arguments(isConstant);
            directives.Add(new(From(start), name, arguments));
        }
        return directives;
    }

    void Deeper()
    {
        if (++_depth > _options.MaxDepth)
            throw new SyntaxException($"Document is nested deeper than {_options.MaxDepth.ToString(CultureInfo.InvariantCulture)} levels. Parsing aborted.", _token.Location);
    }
}
