using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.S3;

/// <summary>One S3 request on its way through.</summary>
/// <param name="Key">Empty for calls on the bucket, or on the account where <paramref name="BucketName"/> is empty too.</param>
/// <param name="Now">The cloud's time, which objects are dated by.</param>
public sealed record S3Call(
    HttpContext Context,
    SignedRequest Signed,
    string BucketName,
    string Key,
    IReadOnlyDictionary<string, string> Query,
    ObjectStore Store,
    SignatureV4 Signatures,
    DateTimeOffset Now)
{
    public const string Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
    private const int LargestDocument = 2 * 1024 * 1024;

    public Bucket Bucket => Store[BucketName];

    public CancellationToken Stop => Context.RequestAborted;

    public IHeaderDictionary Answer => Context.Response.Headers;

    public string? Header(string name) => Signed.Header(name);

    public S3Body Body(string algorithm = Checksum.Default) => new(Signed, Context.Request.Body, Signatures, algorithm);

    /// <summary>The request's document; throws MalformedXML.</summary>
    public async Task<XElement> DocumentAsync()
    {
        using var body = Body();
        var bytes = await body.ReadAllAsync(LargestDocument, Stop);
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(bytes), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return XElement.Load(reader);
        }
        catch (XmlException)
        {
            throw CloudRefusalException.Invalid("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
        }
    }

    public async Task WriteAsync(string root, Action<ResponseXml> content)
    {
        using var xml = new ResponseXml(root, Namespace);
        content(xml);
        var bytes = xml.ToArray();
        Context.Response.ContentType = "application/xml";
        Context.Response.ContentLength = bytes.Length;
        await Context.Response.Body.WriteAsync(bytes, Stop);
    }

    public int Number(string name, int least, int most, int otherwise)
    {
        if (!Query.TryGetValue(name, out var text))
        {
            return otherwise;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw CloudRefusalException.Invalid("InvalidArgument", string.Create(CultureInfo.InvariantCulture, $"{name} must be an integer from {least} to {most}"));
    }

    /// <summary>Tells the checksum in the answer's headers.</summary>
    public void Tell(Checksum checksum)
    {
        Answer[checksum.Header] = checksum.Value;
        Answer["x-amz-checksum-type"] = checksum.Type;
    }

    /// <summary>Tells the entity tag.</summary>
    public void Tell(string etag) => Answer.ETag = Quoted(etag);

    public static string Quoted(string etag) => "\"" + etag + "\"";

    /// <summary>What of the request's headers is kept with the object.</summary>
    public Dictionary<string, string> KeptHeaders()
    {
        var kept = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in (string[])["Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires"])
        {
            if (Header(name) is { Length: > 0 } value)
            {
                kept[name] = value;
            }
        }

        // the framing is the transfer's, not the object's
        var encodings = kept.GetValueOrDefault("Content-Encoding")?.Split(',', StringSplitOptions.TrimEntries).Where(encoding => encoding is not "aws-chunked").ToArray() ?? [];
        kept.Remove("Content-Encoding");
        if (encodings.Length > 0)
        {
            kept["Content-Encoding"] = string.Join(',', encodings);
        }

        foreach (var header in Context.Request.Headers.Where(header => header.Key.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase)))
        {
            kept[header.Key.ToLowerInvariant()] = header.Value.ToString();
        }

        kept.TryAdd("Content-Type", "binary/octet-stream");
        return kept;
    }
}
