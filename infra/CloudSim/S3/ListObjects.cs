using System.Text;
using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>ListObjectsV2: pages of keys in order, where those that share what comes before a delimiter stand as one.</summary>
public static class ListObjects
{
    private const int LargestPage = 1000;

    public static Task AnswerAsync(S3Call call)
    {
        var prefix = call.Query.GetValueOrDefault("prefix", string.Empty);
        var delimiter = call.Query.GetValueOrDefault("delimiter", string.Empty);
        var most = Math.Min(LargestPage, call.Number("max-keys", 0, int.MaxValue, LargestPage));
        var token = call.Query.GetValueOrDefault("continuation-token");
        var after = token is null ? call.Query.GetValueOrDefault("start-after", string.Empty) : Decode(token);
        Func<string, string> word = call.Query.GetValueOrDefault("encoding-type") is "url" ? Uri.EscapeDataString : text => text;

        var (objects, prefixes, next) = Page(call.Bucket, prefix, delimiter, after, most);
        return call.WriteAsync("ListBucketResult", xml =>
        {
            xml.Value("Name", call.BucketName).Value("Prefix", word(prefix)).Value("KeyCount", objects.Count + prefixes.Count).Value("MaxKeys", most).Value("IsTruncated", next is not null);
            xml.Optional("Delimiter", delimiter.Length == 0 ? null : word(delimiter)).Optional("EncodingType", call.Query.GetValueOrDefault("encoding-type"));
            xml.Optional("ContinuationToken", token).Optional("NextContinuationToken", next is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(next)));
            xml.Optional("StartAfter", call.Query.GetValueOrDefault("start-after") is { } start ? word(start) : null);
            foreach (var one in objects)
            {
                xml.Structure("Contents", () => Write(xml, one, word));
            }

            foreach (var one in prefixes)
            {
                xml.Structure("CommonPrefixes", () => xml.Value("Prefix", word(one)));
            }
        });
    }

    private static void Write(ResponseXml xml, StoredObject one, Func<string, string> word) => xml
        .Value("Key", word(one.Key))
        .Value("LastModified", one.LastModified)
        .Value("ETag", S3Call.Quoted(one.ETag))
        .Value("ChecksumAlgorithm", one.Checksum.Algorithm)
        .Value("ChecksumType", one.Checksum.Type)
        .Value("Size", one.Size)
        .Value("StorageClass", "STANDARD");

    private static (List<StoredObject> Objects, List<string> Prefixes, string? Next) Page(Bucket bucket, string prefix, string delimiter, string after, int most)
    {
        var objects = new List<StoredObject>();
        var prefixes = new List<string>();
        var last = after;
        foreach (var one in bucket.List(prefix, after))
        {
            var end = delimiter.Length == 0 ? -1 : one.Key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var shared = end < 0 ? null : one.Key[..(end + delimiter.Length)];
            // a page that ended with a common prefix had said all that lies below it
            if (shared is not null && (string.Equals(shared, last, StringComparison.Ordinal) || string.Equals(shared, after, StringComparison.Ordinal)))
            {
                continue;
            }

            if (objects.Count + prefixes.Count == most)
            {
                return (objects, prefixes, most == 0 ? null : last);
            }

            if (shared is null)
            {
                objects.Add(one);
                last = one.Key;
            }
            else
            {
                prefixes.Add(shared);
                last = shared;
            }
        }

        return (objects, prefixes, null);
    }

    private static string Decode(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(token));
        }
        catch (FormatException)
        {
            throw CloudRefusalException.Invalid("InvalidArgument", "The continuation token provided is incorrect");
        }
    }
}
