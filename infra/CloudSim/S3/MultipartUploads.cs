using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>An upload in parts that has been begun.</summary>
/// <param name="Algorithm">The checksum of its parts and of the whole.</param>
/// <param name="Composite">The whole's checksum is taken over those of the parts.</param>
/// <param name="Named">The caller named the algorithm; otherwise parts may come with any.</param>
public sealed record MultipartUpload(string Id, string Key, DateTimeOffset Initiated, string Algorithm, bool Composite, bool Named, IReadOnlyDictionary<string, string> Headers);

public sealed record UploadPart(int Number, Blob Blob, DateTimeOffset LastModified);

/// <summary>The uploads of a bucket, each in a folder with a document for itself and one per part. Safe for several threads.</summary>
public sealed class MultipartUploads
{
    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly BlobFolder _blobs;
    private readonly Dictionary<string, (MultipartUpload Upload, SortedDictionary<int, UploadPart> Parts)> _uploads = new(StringComparer.Ordinal);

    public MultipartUploads(string folder, BlobFolder blobs)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _blobs = blobs;
        foreach (var one in Directory.EnumerateDirectories(_folder))
        {
            if (!File.Exists(Path.Combine(one, "upload.json")))
            {
                continue;
            }

            var upload = JsonSerializer.Deserialize<MultipartUpload>(File.ReadAllBytes(Path.Combine(one, "upload.json")))!;
            var parts = Directory.EnumerateFiles(one, "part-*.json").Select(file => JsonSerializer.Deserialize<UploadPart>(File.ReadAllBytes(file))!);
            _uploads.Add(upload.Id, (upload, new SortedDictionary<int, UploadPart>(parts.ToDictionary(part => part.Number))));
        }
    }

    public IEnumerable<string> BlobNames => _uploads.Values.SelectMany(upload => upload.Parts.Values).Select(part => part.Blob.Name);

    public IReadOnlyList<MultipartUpload> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _uploads.Values.Select(upload => upload.Upload).OrderBy(upload => upload.Key, Utf8Order.Instance).ThenBy(upload => upload.Initiated)];
            }
        }
    }

    /// <param name="describe">Makes the upload with the id that it is given.</param>
    public MultipartUpload Create(Func<string, MultipartUpload> describe)
    {
        var upload = describe(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));
        lock (_gate)
        {
            Directory.CreateDirectory(Path.Combine(_folder, upload.Id));
            File.WriteAllBytes(Path.Combine(_folder, upload.Id, "upload.json"), JsonSerializer.SerializeToUtf8Bytes(upload));
            _uploads.Add(upload.Id, (upload, []));
        }

        return upload;
    }

    /// <summary>The upload with its parts in order; throws NoSuchUpload.</summary>
    public (MultipartUpload Upload, IReadOnlyList<UploadPart> Parts) Find(string id, string key)
    {
        lock (_gate)
        {
            var (upload, parts) = Get(id, key);
            return (upload, [.. parts.Values]);
        }
    }

    /// <summary>Keeps a part; one that had its number before is dropped.</summary>
    public void Put(string id, string key, UploadPart part)
    {
        lock (_gate)
        {
            var (_, parts) = Get(id, key);
            var file = Path.Combine(_folder, id, string.Create(CultureInfo.InvariantCulture, $"part-{part.Number}.json"));
            File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(part));
            File.Move(file + ".new", file, overwrite: true);
            if (parts.TryGetValue(part.Number, out var before))
            {
                _blobs.Delete(before.Blob.Name);
            }

            parts[part.Number] = part;
        }
    }

    /// <summary>Forgets the upload and deletes its parts' data.</summary>
    public void Remove(string id, string key)
    {
        lock (_gate)
        {
            var (_, parts) = Get(id, key);
            _uploads.Remove(id);
            Directory.Delete(Path.Combine(_folder, id), recursive: true);
            foreach (var part in parts.Values)
            {
                _blobs.Delete(part.Blob.Name);
            }
        }
    }

    private (MultipartUpload Upload, SortedDictionary<int, UploadPart> Parts) Get(string id, string key) =>
        _uploads.TryGetValue(id, out var found) && string.Equals(found.Upload.Key, key, StringComparison.Ordinal)
            ? found
            : throw new CloudRefusalException("NoSuchUpload", 404, "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.");
}
