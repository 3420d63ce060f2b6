using System.Security.Cryptography;

namespace OptiInfra.CloudSim.S3;

/// <summary>Files of data under random names, written once; a file gets its name when its data are complete and checked.</summary>
public sealed class BlobFolder
{
    private const int ChunkBytes = 128 * 1024;
    private const string Unfinished = ".new";

    private readonly string _folder;

    public BlobFolder(string folder) => _folder = Directory.CreateDirectory(folder).FullName;

    public FileStream Open(string name) => new(Path.Combine(_folder, name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, ChunkBytes, useAsync: true);

    public void Delete(string name) => File.Delete(Path.Combine(_folder, name));

    /// <summary>Removes the files of writes that a crash cut off.</summary>
    public void Keep(IReadOnlySet<string> names)
    {
        foreach (var file in Directory.EnumerateFiles(_folder))
        {
            if (!names.Contains(Path.GetFileName(file)))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>Receives a request's data; throws where they are not what was promised, and then leaves nothing behind.</summary>
    public async Task<Blob> WriteAsync(S3Body body, CancellationToken stop)
    {
        var name = await WriteAsync(body.ReadAsync, body.Finish, stop);
        return new Blob(name, body.Length, body.Md5, body.Checksum);
    }

    /// <summary>Copies data that are open, and takes their digests anew.</summary>
    public async Task<Blob> CopyAsync(Stream data, string algorithm, CancellationToken stop)
    {
        using var digest = new RunningDigest(algorithm);
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var size = 0L;
        var name = await WriteAsync(
            async (into, cancelled) =>
            {
                var read = await data.ReadAsync(into, cancelled);
                digest.Append(into.Span[..read]);
                md5.AppendData(into.Span[..read]);
                size += read;
                return read;
            },
            () => { },
            stop);
        var checksum = new Checksum(algorithm, Convert.ToBase64String(digest.Value()));
        return new Blob(name, size, Convert.ToHexStringLower(md5.GetCurrentHash()), checksum);
    }

    /// <summary>Puts blobs together, one after the other; the checksum is taken over all of it.</summary>
    public async Task<(string Name, Checksum Checksum)> JoinAsync(IEnumerable<string> names, string algorithm, CancellationToken stop)
    {
        using var digest = new RunningDigest(algorithm);
        using var rest = names.GetEnumerator();
        FileStream? current = null;
        try
        {
            var name = await WriteAsync(
                async (into, cancelled) =>
                {
                    while (true)
                    {
                        if (current is null)
                        {
                            if (!rest.MoveNext())
                            {
                                return 0;
                            }

                            current = Open(rest.Current);
                        }

                        var read = await current.ReadAsync(into, cancelled);
                        if (read > 0)
                        {
                            digest.Append(into.Span[..read]);
                            return read;
                        }

                        await current.DisposeAsync();
                        current = null;
                    }
                },
                () => { },
                stop);
            return (name, new Checksum(algorithm, Convert.ToBase64String(digest.Value())));
        }
        finally
        {
            if (current is not null)
            {
                await current.DisposeAsync();
            }
        }
    }

    private async Task<string> WriteAsync(Func<Memory<byte>, CancellationToken, ValueTask<int>> read, Action check, CancellationToken stop)
    {
        var name = Guid.NewGuid().ToString("N");
        var path = Path.Combine(_folder, name);
        try
        {
            await using (var file = new FileStream(path + Unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true))
            {
                var chunk = new byte[ChunkBytes];
                int count;
                while ((count = await read(chunk, stop)) > 0)
                {
                    await file.WriteAsync(chunk.AsMemory(0, count), stop);
                }
            }

            check();
            File.Move(path + Unfinished, path);
            return name;
        }
        catch
        {
            File.Delete(path + Unfinished);
            throw;
        }
    }
}
