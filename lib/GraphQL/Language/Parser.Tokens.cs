namespace OptiInfra.GraphQL.Language;

public sealed partial class Parser
{
    void Advance()
    {
        _lastEnd = _token.Location.End;
        _token = _lexer.Next();
    }

    Token Expect(TokenKind kind)
    {
        var token = _token;
        if (token.Kind != kind) throw new SyntaxException($"Expected {Token.Describe(kind)}, found {token.Describe()}.", token.Location);
        if (kind != TokenKind.EndOfFile) Advance();
        return token;
    }

    void ExpectKeyword(string word)
    {
        if (!SkipKeyword(word)) throw new SyntaxException($"Expected \"{word}\", found {_token.Describe()}.", _token.Location);
    }

    bool Skip(TokenKind kind)
    {
        if (_token.Kind != kind) return false;
        Advance();
        return true;
    }

    bool SkipKeyword(string word)
    {
        if (_token.Kind != TokenKind.Name || !string.Equals(_token.Value, word, StringComparison.Ordinal)) return false;
        Advance();
        return true;
    }

    /// <summary>None or more between brackets.</summary>
    List<T> Any<T>(TokenKind open, Func<T> item, TokenKind close)
    {
        Expect(open);
        var items = new List<T>();
        while (!Skip(close)) items.Add(item());
        return items;
    }

    /// <summary>One or more between brackets.</summary>
    List<T> Many<T>(TokenKind open, Func<T> item, TokenKind close)
    {
        Expect(open);
        var items = new List<T>();
        do items.Add(item());
        while (!Skip(close));
        return items;
    }

    IReadOnlyList<T> OptionalMany<T>(TokenKind open, Func<T> item, TokenKind close) => _token.Kind == open ? Many(open, item, close) : [];

    /// <summary>One or more with a separator between them, which may also stand before the first.</summary>
    List<T> Separated<T>(TokenKind separator, Func<T> item)
    {
        Skip(separator);
        var items = new List<T>();
        do items.Add(item());
        while (Skip(separator));
        return items;
    }

    Location From(Location start) => start with { End = _lastEnd };

    SyntaxException Unexpected() => Unexpected(_token);

    static SyntaxException Unexpected(Token token) => new($"Unexpected {token.Describe()}.", token.Location);
}
