namespace OptiInfra.CloudSim.S3;

/// <summary>An object as its bucket knows it; the data lie in a file of their own that is never changed.</summary>
/// <param name="Blob">The name of that file.</param>
/// <param name="ETag">Without quotes.</param>
/// <param name="Headers">Headers that GET gives back: Content-Type, Cache-Control, … and x-amz-meta-….</param>
public sealed record StoredObject(
    string Key,
    string Blob,
    long Size,
    string ETag,
    DateTimeOffset LastModified,
    Checksum Checksum,
    IReadOnlyDictionary<string, string> Headers);

/// <summary>Data received and checked, not yet anybody's.</summary>
/// <param name="Md5">Lower-case hexadecimal.</param>
public sealed record Blob(string Name, long Size, string Md5, Checksum Checksum);
