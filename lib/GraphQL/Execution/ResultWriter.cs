using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace OptiInfra.GraphQL.Execution;

/// <summary>
/// JSON in UTF-8 at the end of a pooled buffer. What was written can be taken back to an earlier position, which is how a
/// null of a non-null field wipes out its parent.
/// </summary>
public sealed class ResultWriter : IDisposable
{
    static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(code => (char)code), '"', '\\']);
    byte[] _buffer;
    int _length;

    internal ResultWriter(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    internal int Length => _length;

    internal ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    internal ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    internal void TakeBackTo(int length) => _length = length;

    public void Dispose()
    {
        if (_buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    /// <summary>JSON text, written as it is.</summary>
    public void WriteRaw(ReadOnlySpan<byte> json)
    {
        if (_buffer.Length - _length < json.Length) Grow(json.Length);
        json.CopyTo(_buffer.AsSpan(_length));
        _length += json.Length;
    }

    internal void WriteByte(byte value)
    {
        if (_buffer.Length == _length) Grow(1);
        _buffer[_length++] = value;
    }

    public void WriteNull() => WriteRaw("null"u8);

    public void WriteBoolean(bool value) => WriteRaw(value ? "true"u8 : "false"u8);

    public void WriteNumber(int value)
    {
        if (_buffer.Length - _length < 11) Grow(11);
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_length), out var written);
        _length += written;
    }

    public void WriteNumber(long value)
    {
        if (_buffer.Length - _length < 20) Grow(20);
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_length), out var written);
        _length += written;
    }

    /// <exception cref="GraphQLException">The number is infinite or not a number, which JSON cannot say.</exception>
    public void WriteNumber(double value)
    {
        if (!double.IsFinite(value)) throw new GraphQLException($"Float cannot represent non numeric value: {value.ToString(CultureInfo.InvariantCulture)}");
        Format(value, 32, default);
    }

    public void WriteNumber(decimal value) => Format(value, 31, default);

    /// <summary>A value of text form without anything to escape, in quotes.</summary>
    internal void WriteQuoted<T>(T value, int mostBytes, ReadOnlySpan<char> format) where T : IUtf8SpanFormattable
    {
        WriteByte((byte)'"');
        Format(value, mostBytes, format);
        WriteByte((byte)'"');
    }

    void Format<T>(T value, int mostBytes, ReadOnlySpan<char> format) where T : IUtf8SpanFormattable
    {
        if (_buffer.Length - _length < mostBytes) Grow(mostBytes);
        if (!value.TryFormat(_buffer.AsSpan(_length), out var written, format, CultureInfo.InvariantCulture))
            throw new InvalidOperationException($"{typeof(T).Name} does not fit into {mostBytes} bytes.");
        _length += written;
    }

    public void WriteString(string value) => WriteString(value.AsSpan());

    public void WriteString(ReadOnlySpan<char> value)
    {
        var most = value.Length * 3 + 2;
        if (_buffer.Length - _length < most) Grow(most);
        _buffer[_length++] = (byte)'"';
        while (true)
        {
            var plain = value.IndexOfAny(Escaped);
            var run = plain < 0 ? value : value[..plain];
            Utf8.FromUtf16(run, _buffer.AsSpan(_length), out _, out var written);
            _length += written;
            if (plain < 0) break;
            WriteEscape(value[plain]);
            value = value[(plain + 1)..];
            if (_buffer.Length - _length < value.Length * 3 + 1) Grow(value.Length * 3 + 1);
        }
        WriteByte((byte)'"');
    }

    void WriteEscape(char c)
    {
        switch (c)
        {
            case '"': WriteRaw("\\\""u8); break;
            case '\\': WriteRaw("\\\\"u8); break;
            case '\n': WriteRaw("\\n"u8); break;
            case '\r': WriteRaw("\\r"u8); break;
            case '\t': WriteRaw("\\t"u8); break;
            default:
                Span<byte> escape = stackalloc byte[6];
                "\\u00"u8.CopyTo(escape);
                escape[4] = (byte)(c >= 16 ? '1' : '0');
                escape[5] = (byte)"0123456789abcdef"[c & 15];
                WriteRaw(escape);
                break;
        }
    }

    /// <summary>Year to seconds, a fraction of at most seven digits without trailing zeros, and the offset; <c>Z</c> for UTC.</summary>
    public void WriteDateTime(DateTimeOffset value)
    {
        WriteByte((byte)'"');
        if (_buffer.Length - _length < 40) Grow(40);
        var target = _buffer.AsSpan(_length);
        Utf8Formatter.TryFormat(value.DateTime, target, out _, new StandardFormat('O'));
        var end = 27;
        while (target[end - 1] == '0') end--;
        if (target[end - 1] == '.') end--;
        _length += end;
        if (value.Offset == TimeSpan.Zero) WriteByte((byte)'Z');
        else Format(value, 6, "zzz");
        WriteByte((byte)'"');
    }

    /// <summary>A plain value: null, string, number, boolean, JSON element, or a list or dictionary of these.</summary>
    /// <exception cref="NotSupportedException">It is nothing of this.</exception>
    public void WriteValue(object? value)
    {
        switch (value)
        {
            case null: WriteNull(); break;
            case string text: WriteString(text); break;
            case bool boolean: WriteBoolean(boolean); break;
            case int number: WriteNumber(number); break;
            case long number: WriteNumber(number); break;
            case double number: WriteNumber(number); break;
            case float number: WriteNumber((double)number); break;
            case decimal number: WriteNumber(number); break;
            case JsonElement element: WriteRaw(Encoding.UTF8.GetBytes(element.GetRawText())); break;
            case JsonDocument document: WriteValue(document.RootElement); break;
            case System.Text.Json.Nodes.JsonNode node: WriteRaw(Encoding.UTF8.GetBytes(node.ToJsonString())); break;
            case IReadOnlyDictionary<string, object?> fields: WriteObject(fields); break;
            case System.Collections.IEnumerable items: WriteList(items); break;
            case Enum member: WriteString(member.ToString()); break;
            case Guid id: WriteQuoted(id, 36, default); break;
            case DateTimeOffset instant: WriteDateTime(instant); break;
            default: throw new NotSupportedException($"{value.GetType().Name} cannot be written as a plain value.");
        }
    }

    void WriteObject(IReadOnlyDictionary<string, object?> fields)
    {
        WriteByte((byte)'{');
        var first = true;
        foreach (var (name, value) in fields)
        {
            if (!first) WriteByte((byte)',');
            first = false;
            WriteString(name);
            WriteByte((byte)':');
            WriteValue(value);
        }
        WriteByte((byte)'}');
    }

    void WriteList(System.Collections.IEnumerable items)
    {
        WriteByte((byte)'[');
        var first = true;
        foreach (var item in items)
        {
            if (!first) WriteByte((byte)',');
            first = false;
            WriteValue(item);
        }
        WriteByte((byte)']');
    }

    void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + needed));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
