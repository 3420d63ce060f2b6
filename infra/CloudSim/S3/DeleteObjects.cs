using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>DeleteObjects: up to a thousand keys at once, each with its own outcome.</summary>
public static class DeleteObjects
{
    private const int Most = 1000;

    public static async Task AnswerAsync(S3Call call)
    {
        var bucket = call.Bucket;
        var document = await call.DocumentAsync();
        var wanted = document.Elements().Where(element => element.Name.LocalName is "Object")
            .Select(element => (Key: Child(element, "Key") ?? string.Empty, ETag: Child(element, "ETag")))
            .ToList();
        if (wanted.Count is 0 or > Most)
        {
            throw CloudRefusalException.Invalid("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
        }

        var quiet = Child(document, "Quiet") is "true";
        var failed = new List<(string Key, CloudRefusalException Refusal)>();
        foreach (var (key, etag) in wanted)
        {
            try
            {
                bucket.Delete(key, etag);
            }
            catch (CloudRefusalException refusal)
            {
                failed.Add((key, refusal));
            }
        }

        await call.WriteAsync("DeleteResult", xml =>
        {
            foreach (var (key, _) in wanted.Where(one => !quiet && failed.TrueForAll(other => other.Key != one.Key)))
            {
                xml.Structure("Deleted", () => xml.Value("Key", key));
            }

            foreach (var (key, refusal) in failed)
            {
                xml.Structure("Error", () => xml.Value("Key", key).Value("Code", refusal.Code).Value("Message", refusal.Message));
            }
        });
    }

    private static string? Child(System.Xml.Linq.XElement parent, string name) => parent.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
}
