using System.Buffers;
using System.Globalization;
using System.Text;

namespace OptiInfra.GraphQL.Execution;

/// <summary>What came of a request: one result or a stream of them.</summary>
public abstract class ExecutionResult : IAsyncDisposable
{
    public abstract ValueTask DisposeAsync();
}

/// <summary>The results of a subscription, one per event, as they happen.</summary>
public sealed class ResponseStream(IAsyncEnumerable<OperationResult> results, Func<ValueTask> dispose) : ExecutionResult
{
    /// <summary>To be read once; each result is to be disposed.</summary>
    public IAsyncEnumerable<OperationResult> Results { get; } = results;

    public override ValueTask DisposeAsync() => dispose();
}

/// <summary>One result: data, errors or both.</summary>
public sealed class OperationResult : ExecutionResult
{
    readonly Executor? _executor;
    readonly ResultWriter? _writer;

    internal OperationResult(Executor executor, ResultWriter writer, IReadOnlyList<GraphQLError> errors)
    {
        _executor = executor;
        _writer = writer;
        Errors = errors;
    }

    /// <summary>A request that was refused before it was executed: there is no <c>data</c>.</summary>
    public OperationResult(params IReadOnlyList<GraphQLError> errors) => Errors = errors;

    public IReadOnlyList<GraphQLError> Errors { get; }

    /// <summary>Further entries of the response, as the cost; plain values.</summary>
    public IReadOnlyDictionary<string, object?>? Extensions { get; init; }

    /// <summary>Whether anything was executed; the response then has <c>data</c>, be it null.</summary>
    public bool HasData => _executor is not null;

    /// <summary>The response as JSON in UTF-8.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        output.Write("{"u8);
        if (Errors.Count > 0)
        {
            using var errors = new ResultWriter(512);
            errors.WriteRaw("\"errors\":"u8);
            ErrorWriter.Write(errors, Errors);
            if (_executor is not null) errors.WriteByte((byte)',');
            output.Write(errors.Written);
        }
        if (_executor is not null)
        {
            output.Write("\"data\":"u8);
            _executor.WriteData(output);
        }
        if (Extensions is { Count: > 0 })
        {
            using var extensions = new ResultWriter(256);
            extensions.WriteRaw(",\"extensions\":"u8);
            extensions.WriteValue(Extensions);
            output.Write(extensions.Written);
        }
        output.Write("}"u8);
    }

    /// <summary>The response as JSON.</summary>
    public string ToJson()
    {
        var output = new ArrayBufferWriter<byte>();
        WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public override ValueTask DisposeAsync()
    {
        _writer?.Dispose();
        return default;
    }
}

/// <summary>Errors as responses have them (specification, section 7.1.2).</summary>
static class ErrorWriter
{
    public static void Write(ResultWriter writer, IReadOnlyList<GraphQLError> errors)
    {
        writer.WriteByte((byte)'[');
        for (var i = 0; i < errors.Count; i++)
        {
            if (i > 0) writer.WriteByte((byte)',');
            Write(writer, errors[i]);
        }
        writer.WriteByte((byte)']');
    }

    static void Write(ResultWriter writer, GraphQLError error)
    {
        writer.WriteRaw("{\"message\":"u8);
        writer.WriteString(error.Message);
        if (error.Locations.Count > 0)
        {
            var places = error.Locations.Select(place => string.Create(CultureInfo.InvariantCulture, $"{{\"line\":{place.Line},\"column\":{place.Column}}}"));
            writer.WriteRaw(Encoding.UTF8.GetBytes($",\"locations\":[{string.Join(',', places)}]"));
        }
        if (error.Path is { } path)
        {
            writer.WriteRaw(",\"path\":"u8);
            writer.WriteValue(path);
        }
        if (error.Code is not null || error.Extensions.Count > 0)
        {
            var extensions = new Dictionary<string, object?>(error.Extensions, StringComparer.Ordinal);
            if (error.Code is { } code) extensions["code"] = code;
            writer.WriteRaw(",\"extensions\":"u8);
            writer.WriteValue(extensions);
        }
        writer.WriteByte((byte)'}');
    }
}
