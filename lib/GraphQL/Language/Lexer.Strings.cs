using System.Globalization;
using System.Text;

namespace OptiInfra.GraphQL.Language;

sealed partial class Lexer
{
    Token QuotedString()
    {
        var start = _position++;
        var text = new StringBuilder();
        while (true)
        {
            if (_position >= source.Length || source[_position] is '\n' or '\r') throw Fault("Unterminated string.", _position);
            var c = source[_position];
            switch (c)
            {
                case '"':
                    _position++;
                    return new(TokenKind.String, At(start, _position), text.ToString());
                case '\\':
                    Escape(text);
                    break;
                default:
                    Character(text);
                    break;
            }
        }
    }

    /// <summary>Takes one source character; surrogates only in pairs.</summary>
    void Character(StringBuilder text)
    {
        var c = source[_position];
        if (char.IsSurrogate(c))
        {
            if (!char.IsHighSurrogate(c) || _position + 1 >= source.Length || !char.IsLowSurrogate(source[_position + 1]))
                throw Fault($"Invalid character within String: {DescribeAt(_position)}.", _position);
            text.Append(c);
            c = source[++_position];
        }
        text.Append(c);
        _position++;
    }

    void Escape(StringBuilder text)
    {
        var start = _position++;
        var c = Peek();
        _position++;
        switch (c)
        {
            case '"' or '\\' or '/': text.Append(c); break;
            case 'b': text.Append('\b'); break;
            case 'f': text.Append('\f'); break;
            case 'n': text.Append('\n'); break;
            case 'r': text.Append('\r'); break;
            case 't': text.Append('\t'); break;
            case 'u': UnicodeEscape(text, start); break;
            default: throw Fault($"Invalid character escape sequence: \"{source[start..Math.Min(start + 2, source.Length)]}\".", start);
        }
    }

    void UnicodeEscape(StringBuilder text, int start)
    {
        int code;
        if (Peek() == '{')
        {
            _position++;
            var end = source.AsSpan(_position, Math.Min(9, source.Length - _position)).IndexOf('}');
            if (end < 1 || !TryHex(_position, end, out code) || !Rune.IsValid(code)) throw BadUnicode(start, _position + Math.Max(end, 0) + 1);
            _position += end + 1;
        }
        else
        {
            code = FourHex(start);
            if (char.IsHighSurrogate((char)code) && source.AsSpan(_position).StartsWith("\\u", StringComparison.Ordinal))
            {
                _position += 2;
                var low = FourHex(start);
                if (!char.IsLowSurrogate((char)low)) throw BadUnicode(start, start + 6);
                code = char.ConvertToUtf32((char)code, (char)low);
            }
            if (!Rune.IsValid(code)) throw BadUnicode(start, start + 6);
        }
        text.Append(char.ConvertFromUtf32(code));
    }

    int FourHex(int start)
    {
        if (!TryHex(_position, 4, out var code)) throw BadUnicode(start, start + 6);
        _position += 4;
        return code;
    }

    bool TryHex(int from, int length, out int code)
    {
        code = 0;
        if (from + length > source.Length) return false;
        foreach (var c in source.AsSpan(from, length))
        {
            if (!char.IsAsciiHexDigit(c)) return false;
            if (code > 0x10FFFF) return false;
            code = code * 16 + int.Parse([c], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }
        return true;
    }

    SyntaxException BadUnicode(int start, int end) =>
        Fault($"Invalid Unicode escape sequence: \"{source[start..Math.Min(end, source.Length)]}\".", start);

    Token BlockString()
    {
        var location = At(_position, _position);
        _position += 3;
        var lines = new List<string>();
        var line = new StringBuilder();
        while (true)
        {
            if (_position >= source.Length) throw Fault("Unterminated string.", _position);
            var rest = source.AsSpan(_position);
            if (rest.StartsWith("\"\"\"", StringComparison.Ordinal))
            {
                _position += 3;
                lines.Add(line.ToString());
                return new(TokenKind.BlockString, location with { End = _position }, BlockStrings.Dedent(lines));
            }
            if (rest.StartsWith("\\\"\"\"", StringComparison.Ordinal))
            {
                _position += 4;
                line.Append("\"\"\"");
            }
            else if (rest[0] is '\n' or '\r')
            {
                lines.Add(line.ToString());
                line.Clear();
                NewLine(rest.StartsWith("\r\n", StringComparison.Ordinal) ? 2 : 1);
            }
            else Character(line);
        }
    }
}

/// <summary>The common indentation of block strings (specification, BlockStringValue).</summary>
static class BlockStrings
{
    public static string Dedent(IReadOnlyList<string> lines)
    {
        var common = int.MaxValue;
        int first = -1, last = -1;
        for (var i = 0; i < lines.Count; i++)
        {
            var indent = Indent(lines[i]);
            if (indent == lines[i].Length) continue;
            if (first < 0) first = i;
            last = i;
            if (i > 0) common = Math.Min(common, indent);
        }
        if (first < 0) return "";
        return string.Join('\n', Enumerable.Range(first, last - first + 1).Select(i => i == 0 ? lines[i] : lines[i][Math.Min(common, lines[i].Length)..]));
    }

    static int Indent(string line)
    {
        var at = 0;
        while (at < line.Length && line[at] is ' ' or '\t') at++;
        return at;
    }
}
