using System.CommandLine;
using System.Text.Json;
using OptiInfra.Cli.Errors;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Audit;

/// <summary>The files that hold the keys of checkpoints.</summary>
static class AuditKeys
{
    public const string KeyVariable = "OPTIINFRA_AUDIT_KEY";
    public const string PublicKeysVariable = "OPTIINFRA_AUDIT_PUBLIC_KEYS";
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static Option<string?> KeyOption() => new("--key") { Description = $"file of the private key that signs ({KeyVariable})" };

    public static Option<string[]> PublicKeysOption() => new("--public-key")
    {
        Description = $"file of a public key that checkpoints may be signed with; repeat it for older keys ({PublicKeysVariable}, separated by commas)",
    };

    /// <summary>The private key; null where none is named.</summary>
    /// <exception cref="CliException">The file cannot be used.</exception>
    public static CheckpointKey? Signing(string? given)
    {
        var path = given ?? PlatformOptions.Variable(KeyVariable);
        if (path is null)
            return null;
        var key = Read(path);
        if (key.CanSign)
            return key;
        key.Dispose();
        throw CliException.BadInput($"Key file {path} holds a public key, and signing takes the private one; `optiinfra audit key create` makes a pair.");
    }

    /// <exception cref="CliException">No key is named, or the file cannot be used.</exception>
    public static CheckpointKey RequiredSigning(string? given) => Signing(given) ?? throw CliException.BadInput(
        $"No key to sign with: name its file by --key or {KeyVariable}; `optiinfra audit key create --out FILE` makes one.");

    /// <summary>All keys that checkpoints may be signed with: those named as public, and the public half of the signing key.</summary>
    /// <exception cref="CliException">A file cannot be used.</exception>
    public static IReadOnlyList<CheckpointKey> Trusted(string[]? given)
    {
        string[] named = given is { Length: > 0 } ? given : PlatformOptions.Variable(PublicKeysVariable)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        if (PlatformOptions.Variable(KeyVariable) is { } signing)
            named = [.. named, signing];
        return [.. named.Select(Read).DistinctBy(k => k.Id)];
    }

    /// <summary>Writes a new key for its owner alone, and its public half beside it.</summary>
    /// <exception cref="CliException">One of the files exists, or cannot be written.</exception>
    public static (CheckpointKey Key, string PublicPath) Create(string path)
    {
        var publicPath = path + ".pub";
        var key = CheckpointKey.Create();
        try
        {
            Write(path, key.ExportPrivatePem() + "\n", OwnerOnly);
            Write(publicPath, key.ExportPublicPem() + "\n", OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            return (key, publicPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw CliException.BadInput($"The key cannot be written: {e.Message} An existing key is never overwritten; choose another --out.", e);
        }
    }

    /// <exception cref="CliException">The file is absent or is no exported checkpoint.</exception>
    public static Checkpoint ReadCheckpoint(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Checkpoint>(File.ReadAllText(path)) is { Taken: not null, EventHash: not null } checkpoint
                ? checkpoint
                : throw CliException.BadInput($"Checkpoint file {path} holds no checkpoint; `optiinfra audit checkpoint --out FILE` writes one.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"Checkpoint file {path} cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw CliException.BadInput($"Checkpoint file {path} is not what `optiinfra audit checkpoint --out FILE` writes: {e.Message}", e);
        }
    }

    static void Write(string path, string text, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }

    static CheckpointKey Read(string path)
    {
        try
        {
            return CheckpointKey.FromPem(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"Key file {path} cannot be read: {e.Message}", e);
        }
        catch (ArgumentException e)
        {
            throw CliException.BadInput($"Key file {path} holds no P-256 key in PEM ({e.Message}); `optiinfra audit key create --out FILE` makes one.", e);
        }
    }
}
