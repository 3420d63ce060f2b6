using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OptiInfra.CloudSim.S3;

/// <summary>
/// A bucket in a folder: blobs/ holds data under random names, keys/ one small document per object that names its blob. A write is the
/// renaming of that document, so an object is there whole or not at all, also after a crash. Safe for several threads.
/// </summary>
public sealed class Bucket
{
    private readonly Lock _gate = new();
    private readonly string _keys;
    private readonly Dictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly Dictionary<string, long> _deletions = new(StringComparer.Ordinal);

    public Bucket(string folder)
    {
        Name = Path.GetFileName(folder);
        CreatedAt = new DateTimeOffset(Directory.CreateDirectory(folder).CreationTimeUtc, TimeSpan.Zero);
        _keys = Directory.CreateDirectory(Path.Combine(folder, "keys")).FullName;
        Blobs = new BlobFolder(Path.Combine(folder, "blobs"));
        Uploads = new MultipartUploads(Path.Combine(folder, "uploads"), Blobs);
        foreach (var file in Directory.EnumerateFiles(_keys, "*.json"))
        {
            var found = JsonSerializer.Deserialize<StoredObject>(File.ReadAllBytes(file))!;
            _objects.Add(found.Key, found);
            _order.Add(found.Key);
        }

        _order.Sort(Utf8Order.Instance);
        Blobs.Keep(_objects.Values.Select(one => one.Blob).Concat(Uploads.BlobNames).ToHashSet(StringComparer.Ordinal));
    }

    public string Name { get; }

    public DateTimeOffset CreatedAt { get; }

    public BlobFolder Blobs { get; }

    public MultipartUploads Uploads { get; }

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _order.Count == 0;
            }
        }
    }

    public StoredObject? Find(string key)
    {
        lock (_gate)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    /// <summary>The object with its data opened, which stay readable whatever happens to the object; null where there is none.</summary>
    public (StoredObject Object, FileStream Data)? Open(string key)
    {
        lock (_gate)
        {
            return _objects.TryGetValue(key, out var found) ? (found, Blobs.Open(found.Blob)) : null;
        }
    }

    /// <summary>A condition as of now, which throws where it does not hold already.</summary>
    public WriteCondition Begin(string key, string? ifMatch, string? ifNoneMatch)
    {
        lock (_gate)
        {
            var deletions = _deletions.GetValueOrDefault(key);
            var condition = new WriteCondition(ifMatch, ifNoneMatch, deletions);
            condition.Check(_objects.GetValueOrDefault(key), deletions);
            return condition;
        }
    }

    /// <summary>Makes the object the one under its key, if the condition still holds.</summary>
    public void Put(StoredObject item, WriteCondition condition)
    {
        lock (_gate)
        {
            var before = _objects.GetValueOrDefault(item.Key);
            condition.Check(before, _deletions.GetValueOrDefault(item.Key));
            var file = FileOf(item.Key);
            File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(item));
            File.Move(file + ".new", file, overwrite: true);
            _objects[item.Key] = item;
            if (before is null)
            {
                _order.Insert(~_order.BinarySearch(item.Key, Utf8Order.Instance), item.Key);
            }
            else
            {
                Blobs.Delete(before.Blob);
            }
        }
    }

    /// <summary>Deletes the object, if there is one and it is as the condition says.</summary>
    public void Delete(string key, string? ifMatch)
    {
        lock (_gate)
        {
            var deletions = _deletions.GetValueOrDefault(key);
            var before = _objects.GetValueOrDefault(key);
            new WriteCondition(ifMatch, IfNoneMatch: null, deletions).Check(before, deletions);
            if (before is null)
            {
                return;
            }

            File.Delete(FileOf(key));
            _objects.Remove(key);
            _order.RemoveAt(_order.BinarySearch(key, Utf8Order.Instance));
            _deletions[key] = deletions + 1;
            Blobs.Delete(before.Blob);
        }
    }

    /// <summary>The objects whose keys come after the given one and begin with the prefix, in order of their keys' UTF-8 bytes; taken at one moment.</summary>
    public IReadOnlyList<StoredObject> List(string prefix, string after)
    {
        lock (_gate)
        {
            // the prefix itself is the least key that begins with it
            var from = Utf8Order.Instance.Compare(after, prefix) > 0 ? after : prefix;
            var index = _order.BinarySearch(from, Utf8Order.Instance);
            var found = new List<StoredObject>();
            for (index = index < 0 ? ~index : index; index < _order.Count && _order[index].StartsWith(prefix, StringComparison.Ordinal); index++)
            {
                if (!string.Equals(_order[index], after, StringComparison.Ordinal))
                {
                    found.Add(_objects[_order[index]]);
                }
            }

            return found;
        }
    }

    private string FileOf(string key) => Path.Combine(_keys, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + ".json");
}

/// <summary>S3's order of keys: by the bytes of their UTF-8, where characters beyond the basic plane come last.</summary>
public sealed class Utf8Order : IComparer<string>
{
    public static readonly Utf8Order Instance = new();

    public int Compare(string? x, string? y)
    {
        var (left, right) = (x ?? string.Empty, y ?? string.Empty);
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length - right.Length;
        }

        var (one, other) = (left[common], right[common]);
        return char.IsSurrogate(one) == char.IsSurrogate(other) ? one - other : char.IsSurrogate(one) ? 1 : -1;
    }
}
