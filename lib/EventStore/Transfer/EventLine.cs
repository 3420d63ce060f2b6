using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OptiInfra.EventStore;

/// <summary>What an export or an import went through.</summary>
/// <param name="SequenceCeiling">The log is complete up to here.</param>
/// <param name="Documents">Taken along with the events; see <see cref="DocumentMapping{T}.CarryWithEvents"/>.</param>
public sealed record TransferReport(long Events, long Streams, long SequenceCeiling, long Documents = 0);

/// <summary>The first line of an export.</summary>
/// <param name="FormatVersion">1 without documents, 2 with them.</param>
/// <param name="StreamId">The one stream that it holds; null when it holds the whole log.</param>
sealed record ExportHeader(string Format, int FormatVersion, long SequenceCeiling, Guid? StreamId)
{
    public const string FormatName = "optiinfra-events";
    public const int EventsAlone = 1;
    public const int WithDocuments = 2;
}

/// <summary>One event. <paramref name="Data"/> is the stored text in a JSON string, so that not a blank of it can get lost.</summary>
/// <param name="Aggregate">The stream's aggregate type, with its first event only.</param>
/// <param name="Hash">Chain hash, lower-case hexadecimal.</param>
sealed record EventLine(
    long Sequence,
    Guid Id,
    Guid Stream,
    long Version,
    string? Aggregate,
    string Type,
    int SchemaVersion,
    DateTimeOffset Timestamp,
    string Tenant,
    string? Actor,
    Guid? Correlation,
    Guid? Causation,
    string? TraceParent,
    string Hash,
    string Data);

/// <summary>One document, behind all events. <paramref name="Data"/> is its JSON as PostgreSQL writes it.</summary>
/// <param name="Document">Name of its table.</param>
/// <param name="Stream">The stream of which it tells, up to <paramref name="Version"/>.</param>
/// <param name="Hash">SHA-256 over all that is before, in lower-case hexadecimal: against damage, not against forgery.</param>
sealed record DocumentLine(string Document, string Tenant, string Id, Guid Stream, long Version, DateTimeOffset Modified, string Data, string Hash)
{
    public const string Beginning = "{\"document\"";

    public string ExpectedHash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Hash = "" }, TransferJson.Options)));
}

/// <summary>The last line: without it the file was cut off.</summary>
/// <param name="Documents">Absent in files of events alone.</param>
sealed record ExportFooter(bool End, long Events, long Streams, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Documents = null);

static class TransferJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
    };
}

/// <summary>Something cannot be imported; nothing was.</summary>
/// <param name="line">From 1; null where no line is to blame.</param>
public sealed class ImportException(long? line, string message, Exception? inner = null)
    : Exception(line is null ? message : $"Line {line}: {message}", inner)
{
    public long? Line { get; } = line;
}
