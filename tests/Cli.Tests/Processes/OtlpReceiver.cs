using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace OptiInfra.Cli.Tests.Processes;

/// <summary>A span as it came over OTLP.</summary>
sealed record ReceivedSpan(string TraceId, string SpanId, string ParentSpanId, string Name);

/// <summary>A collector of OTLP over HTTP with protobuf: reads of the spans what a test asks for (opentelemetry-proto, trace/v1/trace.proto).</summary>
sealed class OtlpReceiver : IDisposable
{
    readonly HttpListener listener = new();

    public OtlpReceiver()
    {
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TcpRelay.FreePort()}");
        listener.Prefixes.Add(Url + "/");
        listener.Start();
        _ = ServeAsync();
    }

    public string Url { get; }
    public ConcurrentQueue<ReceivedSpan> Spans { get; } = [];
    public ConcurrentDictionary<string, bool> Metrics { get; } = new(StringComparer.Ordinal);

    /// <summary>What a process needs to export here, and soon.</summary>
    public Dictionary<string, string> Environment => new(StringComparer.Ordinal)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Url,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            if (context.Request.Url!.AbsolutePath == "/v1/traces")
                ReadSpans(body.ToArray());
            else if (context.Request.Url.AbsolutePath == "/v1/metrics")
                ReadMetrics(body.ToArray());
            context.Response.Close();
        }
    }

    void ReadSpans(byte[] request)
    {
        foreach (var scope in Wire.Of(request, 1).SelectMany(resource => Wire.Of(resource, 2)))
            foreach (var span in Wire.Of(scope, 2))
                Spans.Enqueue(new(Hex(span, 1), Hex(span, 2), Hex(span, 4), Wire.Text(span, 5)));
    }

    void ReadMetrics(byte[] request)
    {
        foreach (var scope in Wire.Of(request, 1).SelectMany(resource => Wire.Of(resource, 2)))
            foreach (var metric in Wire.Of(scope, 2))
                Metrics[Wire.Text(metric, 1)] = true;
    }

    static string Hex(ReadOnlyMemory<byte> message, int field) =>
        Wire.Of(message, field) is [{ } bytes, ..] ? Convert.ToHexStringLower(bytes.Span) : "";

    public void Dispose() => listener.Close();

    /// <summary>Protobuf's wire format, of which only length-delimited fields are wanted.</summary>
    static class Wire
    {
        public static List<ReadOnlyMemory<byte>> Of(ReadOnlyMemory<byte> message, int wanted)
        {
            List<ReadOnlyMemory<byte>> found = [];
            for (var at = 0; at < message.Length;)
            {
                var key = Varint(message.Span, ref at);
                switch (key & 7)
                {
                    case 0:
                        Varint(message.Span, ref at);
                        break;
                    case 1:
                        at += 8;
                        break;
                    case 2:
                        var length = (int)Varint(message.Span, ref at);
                        if ((int)(key >> 3) == wanted)
                            found.Add(message.Slice(at, length));
                        at += length;
                        break;
                    case 5:
                        at += 4;
                        break;
                    default:
                        throw new InvalidDataException($"Wire type {key & 7} is none.");
                }
            }

            return found;
        }

        public static string Text(ReadOnlyMemory<byte> message, int field) =>
            Of(message, field) is [{ } bytes, ..] ? System.Text.Encoding.UTF8.GetString(bytes.Span) : "";

        static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
        {
            ulong value = 0;
            for (var shift = 0; ; shift += 7)
            {
                var next = bytes[at++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }
        }
    }
}
