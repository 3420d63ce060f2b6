using System.Security.Cryptography;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

/// <summary>The real `aws` program against the object store, from outside and from an instance.</summary>
public sealed class AwsProgramS3Tests
{
    [Fact]
    public async Task It_copies_lists_synchronises_and_removes()
    {
        await using var cloud = await AwsProgram.StartCloudAsync();
        var folder = Directory.CreateTempSubdirectory("cloudsim-test-");
        try
        {
            // above eight megabytes it sends parts
            var large = RandomNumberGenerator.GetBytes(9 * 1024 * 1024);
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "large.bin"), large);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "small file.txt"), "small");
            await AwsProgram.TextAsync(cloud, "s3", "mb", "s3://models");
            await AwsProgram.TextAsync(cloud, "s3", "sync", folder.FullName, "s3://models/run-1");
            var listed = await AwsProgram.TextAsync(cloud, "s3", "ls", "--recursive", "s3://models");
            Assert.Contains("9437184 run-1/large.bin", listed, StringComparison.Ordinal);
            Assert.Contains("5 run-1/small file.txt", listed, StringComparison.Ordinal);
            var back = Path.Combine(folder.FullName, "back.bin");
            await AwsProgram.TextAsync(cloud, "s3", "cp", "s3://models/run-1/large.bin", back);
            Assert.Equal(large, await File.ReadAllBytesAsync(back));
            await AwsProgram.TextAsync(cloud, "s3", "rb", "--force", "s3://models");
            Assert.Empty((await AwsProgram.JsonAsync(cloud, "s3api", "list-buckets")).GetProperty("Buckets").EnumerateArray());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task It_reads_objects_and_their_errors()
    {
        await using var cloud = await AwsProgram.StartCloudAsync();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "0123456789");
            await AwsProgram.TextAsync(cloud, "s3api", "create-bucket", "--bucket", "models");
            var put = await AwsProgram.JsonAsync(cloud, "s3api", "put-object", "--bucket", "models", "--key", "digits", "--body", file, "--metadata", "step=50");
            var head = await AwsProgram.JsonAsync(cloud, "s3api", "head-object", "--bucket", "models", "--key", "digits");
            Assert.Equal(put.GetProperty("ETag").GetString(), head.GetProperty("ETag").GetString());
            Assert.Equal("50", head.GetProperty("Metadata").GetProperty("step").GetString());
            await AwsProgram.JsonAsync(cloud, "s3api", "get-object", "--bucket", "models", "--key", "digits", "--range", "bytes=2-4", file);
            Assert.Equal("234", await File.ReadAllTextAsync(file));
            var (code, _, error) = await AwsProgram.RunAsync(cloud, "demo-secret-key", ["s3api", "get-object", "--bucket", "models", "--key", "none", file]);
            Assert.NotEqual(0, code);
            Assert.Contains("(NoSuchKey)", error, StringComparison.Ordinal);
            var (refused, _, why) = await AwsProgram.RunAsync(cloud, "wrong", ["s3api", "list-objects-v2", "--bucket", "models"]);
            Assert.NotEqual(0, refused);
            Assert.Contains("(SignatureDoesNotMatch)", why, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task On_an_instance_it_finds_credentials_and_address_by_itself()
    {
        await using var cloud = await AwsProgram.StartCloudAsync();
        await using var scene = new MachineScene(cloud);
        await AwsProgram.TextAsync(cloud, "s3api", "create-bucket", "--bucket", "models");
        // aws v2 of before 2023 does not know AWS_ENDPOINT_URL_S3
        var id = await cloud.LaunchAsync(("UserData", MachineScene.Encode("#!/bin/bash\necho from an instance > note\naws --endpoint-url $AWS_ENDPOINT_URL_S3 s3 cp note s3://models/$INSTANCE_ID && echo written\n")));
        await cloud.ControlAsync("clock/advance", new { seconds = 40 });
        await scene.ConsoleSaysAsync(id, "written");
        Assert.Contains(id, await AwsProgram.TextAsync(cloud, "s3", "ls", "s3://models"), StringComparison.Ordinal);
    }
}
