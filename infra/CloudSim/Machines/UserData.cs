using System.IO.Compression;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Machines;

/// <summary>RunInstances' UserData: base64 of a script, which may be compressed with gzip as cloud-init allows.</summary>
public static class UserData
{
    /// <summary>EC2's limit, before base64.</summary>
    private const int LargestBytes = 16 * 1024;

    private const int LargestScriptBytes = 1024 * 1024;

    /// <summary>The script's bytes, or null where there is none; throws <see cref="CloudRefusalException"/>.</summary>
    public static byte[]? Read(string? base64)
    {
        if (string.IsNullOrEmpty(base64))
        {
            return null;
        }

        var bytes = Decode(base64);
        if (bytes.Length > LargestBytes)
        {
            throw CloudRefusalException.Invalid("InvalidParameterValue", $"User data is limited to {LargestBytes} bytes");
        }

        var script = bytes is [0x1f, 0x8b, ..] ? Unpack(bytes) : bytes;
        // cloud-init also knows documents of its own, which nothing here would run
        return script is [(byte)'#', (byte)'!', ..]
            ? script
            : throw CloudRefusalException.Invalid("InvalidParameterValue", "This cloud runs user data that is a script: it must begin with #! and the interpreter, as in #!/bin/bash.");
    }

    private static byte[] Decode(string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw CloudRefusalException.Invalid("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
        }
    }

    private static byte[] Unpack(byte[] bytes)
    {
        try
        {
            using var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            using var script = new MemoryStream();
            var chunk = new byte[8192];
            int read;
            while ((read = packed.Read(chunk)) > 0 && script.Length <= LargestScriptBytes)
            {
                script.Write(chunk, 0, read);
            }

            return script.Length <= LargestScriptBytes
                ? script.ToArray()
                : throw CloudRefusalException.Invalid("InvalidParameterValue", $"User data is larger than {LargestScriptBytes} bytes when unpacked");
        }
        catch (InvalidDataException)
        {
            throw CloudRefusalException.Invalid("InvalidUserData.Malformed", "User data begins like gzip but cannot be unpacked.");
        }
    }
}
