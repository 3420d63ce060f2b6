using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>The account's buckets, each a folder. Safe for several threads.</summary>
public sealed partial class ObjectStore
{
    private readonly string _folder;
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    public ObjectStore(string folder)
    {
        _folder = folder;
        foreach (var bucket in Directory.EnumerateDirectories(folder))
        {
            _buckets[Path.GetFileName(bucket)] = new Bucket(bucket);
        }
    }

    public IReadOnlyList<Bucket> All => [.. _buckets.Values.OrderBy(bucket => bucket.Name, StringComparer.Ordinal)];

    /// <summary>Throws NoSuchBucket.</summary>
    public Bucket this[string name] =>
        _buckets.TryGetValue(name, out var bucket) ? bucket : throw new CloudRefusalException("NoSuchBucket", 404, "The specified bucket does not exist");

    /// <summary>As in us-east-1, making one's own bucket again succeeds and changes nothing.</summary>
    public void Create(string name)
    {
        if (!Name().IsMatch(name) || name.Contains("..", StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("InvalidBucketName", "The specified bucket is not valid.");
        }

        _buckets.GetOrAdd(name, _ => new Bucket(Path.Combine(_folder, name)));
    }

    public void Delete(string name)
    {
        if (!this[name].IsEmpty)
        {
            throw new CloudRefusalException("BucketNotEmpty", 409, "The bucket you tried to delete is not empty");
        }

        if (_buckets.TryRemove(name, out _))
        {
            Directory.Delete(Path.Combine(_folder, name), recursive: true);
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
