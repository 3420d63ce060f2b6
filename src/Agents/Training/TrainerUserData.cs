using System.Globalization;
using System.IO.Compression;
using System.Text;
using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Agents.Training;

/// <summary>Fills the marks of a job's user data in, and packs it.</summary>
public static class TrainerUserData
{
    /// <summary>What EC2 takes, before base64 (Amazon EC2 user guide, "Run commands when you launch an EC2 instance").</summary>
    public const int Largest = 16 * 1024;

    /// <summary>As a shell script.</summary>
    public static string Fill(TrainingJob job, int epoch, string token)
    {
        var program = job.Spec.Program;
        var files = program.Files.Select(file => $"cat > {file.Name} <<'END_OF_FILE'\n{file.Content}{(file.Content.EndsWith('\n') ? "" : "\n")}END_OF_FILE");
        var script = program.UserData
            .Replace("@JOB@", job.Spec.Name, StringComparison.Ordinal)
            .Replace("@BUCKET@", job.Spec.Bucket, StringComparison.Ordinal)
            .Replace("@PREFIX@", job.Prefix, StringComparison.Ordinal)
            .Replace("@EPOCH@", epoch.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@TOKEN@", token, StringComparison.Ordinal)
            .Replace("@OPTIONS@", program.Options, StringComparison.Ordinal)
            // last: what the files hold is theirs
            .Replace("@FILES@", string.Join('\n', files), StringComparison.Ordinal);
        return script.StartsWith("#!", StringComparison.Ordinal) ? script : "#!/bin/bash\n" + script;
    }

    /// <summary>Gzip in base64, as RunInstances takes it.</summary>
    /// <exception cref="BadInputException">It is too large for EC2.</exception>
    public static string Pack(string script)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(script));
        return packed.Length <= Largest
            ? Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length)
            : throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"The job's user data is {packed.Length} bytes packed; EC2 takes {Largest}. Put the larger files into the bucket and load them from there."));
    }
}
