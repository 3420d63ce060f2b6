using System.Globalization;
using System.IO.Compression;
using System.Text;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>Fills the marks of a job's user data in, and packs it.</summary>
public static class TrainerUserData
{
    /// <summary>What EC2 takes, in bytes before base64 (Amazon EC2 user guide, "Run commands when you launch an EC2 instance").</summary>
    public const int Largest = 16 * 1024;

    /// <summary>Bytes by which the packing of two launches may differ beside what they fill in: its blocks may end elsewhere.</summary>
    const int Slack = 32;

    /// <summary>As long as a real one, of characters that are rare in scripts and of which none returns: it packs worse than any real one.</summary>
    static readonly string WorstToken = "\u007f|~}{`^\\@?;><&%$#!ZYXWVUTSRQPONMLKJIHGFEDCBAzqjx"[..TrainerToken.Length];

    /// <summary>As a shell script.</summary>
    /// <param name="prefix">Where the job's checkpoints lie in its bucket.</param>
    public static string Fill(TrainingJobSpec spec, string prefix, int epoch, string token)
    {
        var program = spec.Program;
        var files = program.Files.Select(file => $"cat > {file.Name} <<'END_OF_FILE'\n{file.Content}{(file.Content.EndsWith('\n') ? "" : "\n")}END_OF_FILE");
        var script = program.UserData
            .Replace("@JOB@", spec.Name, StringComparison.Ordinal)
            .Replace("@BUCKET@", spec.Bucket, StringComparison.Ordinal)
            .Replace("@PREFIX@", prefix, StringComparison.Ordinal)
            .Replace("@EPOCH@", epoch.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@TOKEN@", token, StringComparison.Ordinal)
            .Replace("@OPTIONS@", program.Options, StringComparison.Ordinal)
            // last: what the files hold is theirs
            .Replace("@FILES@", string.Join('\n', files), StringComparison.Ordinal);
        return script.StartsWith("#!", StringComparison.Ordinal) ? script : "#!/bin/bash\n" + script;
    }

    /// <summary>With gzip, which cloud-init unpacks.</summary>
    public static byte[] Pack(string script)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(script));
        return packed.ToArray();
    }

    /// <summary>Bytes that no launch of the job exceeds, whatever its epoch and token.</summary>
    public static int LargestPacked(TrainingJobSpec spec, string prefix) => Pack(Fill(spec, prefix, int.MaxValue, WorstToken)).Length + Slack;

    /// <summary>Why EC2 does not take so many bytes, with the remedy; null where it does.</summary>
    public static string? TooLarge(int packed) => packed <= Largest ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"program makes {packed} bytes of user data, packed with gzip; EC2 takes at most {Largest}. Make the script smaller, put the bulk of it into the machine image, or into the bucket and load it from there.");
}
