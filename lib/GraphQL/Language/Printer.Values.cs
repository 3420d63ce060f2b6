using System.Globalization;
using System.Text;

namespace OptiInfra.GraphQL.Language;

public sealed partial class Printer
{
    void Value(ValueNode value)
    {
        switch (value)
        {
            case VariableNode variable: _text.Append('$').Append(variable.Name.Value); break;
            case IntValueNode number: _text.Append(number.Value); break;
            case FloatValueNode number: _text.Append(number.Value); break;
            case StringValueNode { IsBlock: true } text: BlockString(text.Value); break;
            case StringValueNode text: Quote(_text, text.Value); break;
            case BooleanValueNode boolean: _text.Append(boolean.Value ? "true" : "false"); break;
            case NullValueNode: _text.Append("null"); break;
            case EnumValueNode name: _text.Append(name.Value); break;
            case ListValueNode list: Bracketed('[', list.Values, ", ", Value, ']'); break;
            case ObjectValueNode obj: Bracketed('{', obj.Fields, ", ", Node, '}'); break;
            default: throw new NotSupportedException($"Printer does not know {value.GetType().Name}.");
        }
    }

    void Type(TypeNode type)
    {
        switch (type)
        {
            case NonNullTypeNode nonNull:
                Type(nonNull.Type);
                _text.Append('!');
                break;
            case ListTypeNode list:
                _text.Append('[');
                Type(list.Type);
                _text.Append(']');
                break;
            case NamedTypeNode named:
                _text.Append(named.Name.Value);
                break;
        }
    }

    void Default(ValueNode? value)
    {
        if (value is null) return;
        _text.Append(" = ");
        Value(value);
    }

    void Description(StringValueNode? description)
    {
        if (description is null) return;
        Value(description);
        NewLine();
    }

    void BlockString(string value)
    {
        if (!CanBeBlock(value))
        {
            Quote(_text, value);
            return;
        }
        _text.Append("\"\"\"");
        foreach (var line in value.Replace("\"\"\"", "\\\"\"\"", StringComparison.Ordinal).Split('\n'))
        {
            if (line.Length == 0) _text.Append('\n');
            else
            {
                NewLine();
                _text.Append(line);
            }
        }
        NewLine();
        _text.Append("\"\"\"");
    }

    // a block string loses outer blank lines, common indentation and carriage returns, so such a value is quoted instead
    static bool CanBeBlock(string value)
    {
        if (value.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))) return false;
        var lines = value.Split('\n');
        return string.Equals(BlockStrings.Dedent(["", .. lines, ""]), value, StringComparison.Ordinal);
    }

    static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\b': text.Append("\\b"); break;
                case '\f': text.Append("\\f"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case < ' ' or (>= '\x7F' and <= '\x9F'): text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"); break;
                default: text.Append(c); break;
            }
        }
        text.Append('"');
    }
}
