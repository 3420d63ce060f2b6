using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>CreateTags, DeleteTags, DescribeTags; instances are the only resources that have tags here.</summary>
public static class InstanceTags
{
    /// <summary>AWS's limit of tags on a resource.</summary>
    private const int MostTags = 50;

    public static void Create(Ec2Call call)
    {
        var instances = Resources(call);
        var tags = call.Parameters.Structures("Tag").Select(tag => (Key: Key(tag), Value: tag["Value"] ?? string.Empty)).ToList();
        if (tags.Count == 0)
        {
            throw CloudRefusalException.Invalid("MissingParameter", "The request must contain the parameter TagSet");
        }

        foreach (var instance in instances)
        {
            if (instance.Tags.Current.Keys.Union(tags.Select(tag => tag.Key), StringComparer.Ordinal).Count() > MostTags)
            {
                throw CloudRefusalException.Invalid("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
            }
        }

        call.StopIfDryRun();
        foreach (var instance in instances)
        {
            foreach (var (key, value) in tags)
            {
                call.Cloud.Tag(instance, key, value, call.Now);
            }
        }

        call.Xml.Value("return", true);
    }

    public static void Delete(Ec2Call call)
    {
        var instances = Resources(call);
        call.StopIfDryRun();
        foreach (var instance in instances)
        {
            foreach (var tag in call.Parameters.Structures("Tag"))
            {
                var key = Key(tag);
                // a value narrows the deletion to that value
                if (tag["Value"] is not { } value || string.Equals(instance.Tags[key], value, StringComparison.Ordinal))
                {
                    instance.Tags.Remove(key, call.Now);
                }
            }
        }

        call.Xml.Value("return", true);
    }

    public static void Describe(Ec2Call call)
    {
        call.StopIfDryRun();
        var filters = Filters.From(call.Parameters);
        var tags = call.Cloud.All
            .Where(instance => instance.ListedAt(call.Now))
            .SelectMany(instance => instance.Tags.Current.Select(tag => (instance.Id, tag.Key, tag.Value)))
            .Where(tag => filters.Match(name => ValuesOf(tag.Id, tag.Key, tag.Value, name)))
            .ToList();
        var position = (int)Page.Position(nameof(InstanceTags), call.Parameters["NextToken"]);
        var size = call.Number("MaxResults", 5, 1000) ?? 1000;
        call.Xml.List("tagSet", tags.Skip(position).Take(size), tag => call.Xml
            .Value("resourceId", tag.Id)
            .Value("resourceType", "instance")
            .Value("key", tag.Key)
            .Value("value", tag.Value));
        if (position + size < tags.Count)
        {
            call.Xml.Value("nextToken", Page.Token(nameof(InstanceTags), position + size));
        }
    }

    private static string Key(QueryParameters tag)
    {
        var key = tag["Key"] ?? throw CloudRefusalException.Invalid("MissingParameter", "The request must contain the parameter Key");
        return key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)
            ? throw CloudRefusalException.Invalid("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
            : key;
    }

    private static List<Instance> Resources(Ec2Call call)
    {
        var ids = call.Parameters.List("ResourceId");
        if (ids.Count == 0)
        {
            throw CloudRefusalException.Invalid("MissingParameter", "The request must contain the parameter resourceIdSet");
        }

        return
        [
            .. ids.Distinct(StringComparer.Ordinal).Select(id => call.Cloud.Find(id, call.Now) ?? (id.StartsWith("i-", StringComparison.Ordinal)
                ? throw CloudRefusalException.Invalid("InvalidInstanceID.NotFound", $"The instance ID '{id}' does not exist")
                : throw CloudRefusalException.Invalid("InvalidID", $"The ID '{id}' is not valid"))),
        ];
    }

    private static IEnumerable<string?>? ValuesOf(string id, string key, string value, string filter) => filter switch
    {
        "resource-id" => [id],
        "resource-type" => ["instance"],
        "key" => [key],
        "value" => [value],
        _ when filter.StartsWith("tag:", StringComparison.Ordinal) => [string.Equals(key, filter[4..], StringComparison.Ordinal) ? value : null],
        _ => null,
    };
}
