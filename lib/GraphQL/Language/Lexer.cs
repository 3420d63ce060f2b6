using System.Globalization;

namespace OptiInfra.GraphQL.Language;

/// <summary>Cuts a source text into tokens, one at a time. Ignores white space, commas, comments and a byte order mark.</summary>
sealed partial class Lexer(string source, int maxTokens)
{
    int _position;
    int _line = 1;
    int _lineStart;
    int _tokens;

    /// <exception cref="SyntaxException">No token can begin here, or there are more than allowed.</exception>
    public Token Next()
    {
        SkipIgnored();
        if (_position >= source.Length) return new(TokenKind.EndOfFile, At(_position, _position), null);
        if (++_tokens > maxTokens)
            throw new SyntaxException($"Document contains more than {maxTokens.ToString(CultureInfo.InvariantCulture)} tokens. Parsing aborted.", At(_position, _position));
        var c = source[_position];
        return c switch
        {
            '!' => Punctuator(TokenKind.Bang),
            '$' => Punctuator(TokenKind.Dollar),
            '&' => Punctuator(TokenKind.Ampersand),
            '(' => Punctuator(TokenKind.ParenLeft),
            ')' => Punctuator(TokenKind.ParenRight),
            ':' => Punctuator(TokenKind.Colon),
            '=' => Punctuator(TokenKind.Equal),
            '@' => Punctuator(TokenKind.At),
            '[' => Punctuator(TokenKind.BracketLeft),
            ']' => Punctuator(TokenKind.BracketRight),
            '{' => Punctuator(TokenKind.BraceLeft),
            '|' => Punctuator(TokenKind.Pipe),
            '}' => Punctuator(TokenKind.BraceRight),
            '.' => Spread(),
            '"' => source.AsSpan(_position).StartsWith("\"\"\"", StringComparison.Ordinal) ? BlockString() : QuotedString(),
            '-' or (>= '0' and <= '9') => Number(),
            _ when IsNameStart(c) => Name(),
            '\'' => throw Fault("Unexpected single quote character ('), did you mean to use a double quote (\")?", _position),
            _ => throw Fault($"Unexpected character: {DescribeAt(_position)}.", _position),
        };
    }

    void SkipIgnored()
    {
        while (_position < source.Length)
        {
            switch (source[_position])
            {
                case ' ' or '\t' or ',' or '\uFEFF':
                    _position++;
                    break;
                case '\n':
                    NewLine(1);
                    break;
                case '\r':
                    NewLine(_position + 1 < source.Length && source[_position + 1] == '\n' ? 2 : 1);
                    break;
                case '#':
                    while (_position < source.Length && source[_position] is not ('\n' or '\r')) _position++;
                    break;
                default:
                    return;
            }
        }
    }

    void NewLine(int length)
    {
        _position += length;
        _line++;
        _lineStart = _position;
    }

    Token Punctuator(TokenKind kind) => new(kind, At(_position, ++_position), null);

    Token Spread()
    {
        if (!source.AsSpan(_position).StartsWith("...", StringComparison.Ordinal))
            throw Fault($"Unexpected character: {DescribeAt(_position)}.", _position);
        var location = At(_position, _position + 3);
        _position += 3;
        return new(TokenKind.Spread, location, null);
    }

    Token Name()
    {
        var start = _position;
        while (_position < source.Length && IsNamePart(source[_position])) _position++;
        return new(TokenKind.Name, At(start, _position), source[start.._position]);
    }

    Token Number()
    {
        var start = _position;
        var isFloat = false;
        if (Peek() == '-') _position++;
        if (Peek() == '0')
        {
            _position++;
            if (char.IsAsciiDigit(Peek())) throw Fault($"Invalid number, unexpected digit after 0: {DescribeAt(_position)}.", _position);
        }
        else Digits();
        if (Peek() == '.')
        {
            isFloat = true;
            _position++;
            Digits();
        }
        if (Peek() is 'e' or 'E')
        {
            isFloat = true;
            _position++;
            if (Peek() is '+' or '-') _position++;
            Digits();
        }
        if (Peek() == '.' || IsNameStart(Peek()))
            throw Fault($"Invalid number, expected digit but got: {DescribeAt(_position)}.", _position);
        return new(isFloat ? TokenKind.Float : TokenKind.Int, At(start, _position), source[start.._position]);
    }

    void Digits()
    {
        if (!char.IsAsciiDigit(Peek())) throw Fault($"Invalid number, expected digit but got: {DescribeAt(_position)}.", _position);
        while (char.IsAsciiDigit(Peek())) _position++;
    }

    char Peek() => _position < source.Length ? source[_position] : '\0';

    static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    Location At(int start, int end) => new(start, end, _line, start - _lineStart + 1);

    SyntaxException Fault(string message, int position) => new(message, At(position, position));

    string DescribeAt(int position)
    {
        if (position >= source.Length) return "<EOF>";
        var c = source[position];
        if (c is >= ' ' and <= '~') return c == '"' ? "'\"'" : $"\"{c}\"";
        var code = char.IsHighSurrogate(c) && position + 1 < source.Length && char.IsLowSurrogate(source[position + 1])
            ? char.ConvertToUtf32(c, source[position + 1])
            : c;
        return "U+" + code.ToString("X4", CultureInfo.InvariantCulture);
    }
}
