using System.IO.Compression;
using System.Text;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

public sealed class MachineTests
{
    [Fact]
    public async Task User_data_runs_in_a_folder_and_an_environment_of_its_own()
    {
        await using var scene = await MachineScene.StartAsync();
        var id = await scene.BootAsync("""
            #!/bin/bash
            echo "at home: $([ "$PWD" = "$HOME" ] && ls -A | wc -l)"
            env | cut -d= -f1 | grep -E '^(AWS|DOTNET|OPTIINFRA|HOME|INSTANCE|PRIVATE)' | sort | tr '\n' ' '
            echo "I am $INSTANCE_ID at $PRIVATE_IPV4 in $AWS_REGION, metadata $AWS_EC2_METADATA_SERVICE_ENDPOINT, objects $AWS_ENDPOINT_URL_S3"
            echo done
            """);
        await scene.ConsoleSaysAsync(id, "done");
        var console = await scene.ConsoleAsync(id);
        var url = scene.Cloud.Address.ToString().TrimEnd('/');
        Assert.Contains("at home: 0", console, StringComparison.Ordinal);
        Assert.Contains($"I am {id} at {await scene.AddressAsync(id)} in us-east-1, metadata {url}/imds/{id}/, objects {url}\n", console, StringComparison.Ordinal);
        Assert.Contains("\nAWS_DEFAULT_REGION AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_ENDPOINT_URL_S3 AWS_REGION HOME INSTANCE_ID OPTIINFRA_CLOCK_SPEED PRIVATE_IPV4 ", console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_runs_before_the_instance_does()
    {
        await using var scene = await MachineScene.StartAsync();
        var id = await scene.Cloud.LaunchAsync(("UserData", MachineScene.Encode("#!/bin/sh\necho up\n")));
        scene.Cloud.Pass(1);
        Assert.Equal("pending", await scene.Cloud.StateAsync(id));
        Assert.Equal(string.Empty, await scene.ConsoleAsync(id));
        scene.Cloud.Pass(40);
        await scene.ConsoleSaysAsync(id, "up");
    }

    [Fact]
    public async Task Instances_listen_on_the_same_port_at_addresses_of_their_own()
    {
        await using var scene = await MachineScene.StartAsync();
        const string Script = "#!/bin/sh\necho $INSTANCE_ID > index.html\nexec python3 -m http.server --bind $PRIVATE_IPV4 8080\n";
        string[] ids = [await scene.BootAsync(Script), await scene.BootAsync(Script)];
        foreach (var id in ids)
        {
            var address = new Uri($"http://{await scene.AddressAsync(id)}:8080/");
            Assert.StartsWith("127.77.", address.Host, StringComparison.Ordinal);
            await Eventually.TrueAsync(async () => await AnswerAsync(scene, address) == id + "\n", MachineScene.Bound, $"an answer of {id}");
        }
    }

    [Fact]
    public async Task Without_user_data_there_is_neither_process_nor_address_on_this_machine()
    {
        await using var scene = await MachineScene.StartAsync();
        var id = await scene.Cloud.LaunchAsync();
        scene.Cloud.Pass(40);
        Assert.StartsWith("10.", await scene.AddressAsync(id), StringComparison.Ordinal);
        Assert.Equal(string.Empty, await scene.ConsoleAsync(id));
    }

    [Fact]
    public async Task Stopping_ends_the_processes_and_starting_runs_the_script_again_on_the_same_disk()
    {
        await using var scene = await MachineScene.StartAsync();
        var marker = MachineScene.Marker();
        var id = await scene.BootAsync($"#!/bin/bash\necho boot >> boots\necho \"boots: $(wc -l < boots)\"\nsleep {marker}\n", ("InstanceMarketOptions.MarketType", ""));
        await MachineScene.SleepersAsync(marker, 1);
        await scene.Cloud.Ec2Async("StopInstances", ("InstanceId.1", id));
        scene.Cloud.Pass(25);
        Assert.Equal("stopped", await scene.Cloud.StateAsync(id));
        Assert.Equal(0, MachineScene.Sleeping(marker));
        await scene.Cloud.Ec2Async("StartInstances", ("InstanceId.1", id));
        scene.Cloud.Pass(40);
        await scene.ConsoleSaysAsync(id, "boots: 2");
        await MachineScene.SleepersAsync(marker, 1);
    }

    [Fact]
    public async Task Gzip_is_unpacked_as_cloud_init_does()
    {
        await using var scene = await MachineScene.StartAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("#!/bin/sh\n#" + new string('x', 40_000) + "\necho unpacked\n"));
        }

        var id = await scene.Cloud.LaunchAsync(("UserData", Convert.ToBase64String(packed.ToArray())));
        scene.Cloud.Pass(40);
        await scene.ConsoleSaysAsync(id, "unpacked");
    }

    [Theory]
    [InlineData("IyEvYmlu!", "InvalidUserData.Malformed")]
    [InlineData("H4sIAAAAAAAAAP8BAgMEBQ==", "InvalidUserData.Malformed")]
    [InlineData("I2Nsb3VkLWNvbmZpZw==", "InvalidParameterValue")]
    public async Task What_is_no_script_is_refused(string userData, string code)
    {
        await using var scene = await MachineScene.StartAsync();
        Assert.Equal(code, await RefusalAsync(scene, userData));
    }

    [Fact]
    public async Task More_than_sixteen_kilobytes_are_refused()
    {
        await using var scene = await MachineScene.StartAsync();
        Assert.Equal("InvalidParameterValue", await RefusalAsync(scene, MachineScene.Encode("#!/bin/sh\n" + new string('#', 16 * 1024))));
    }

    [Theory]
    [InlineData("for i in $(seq 40); do sleep {0} & done; wait", "killed: more than 20 processes")]
    [InlineData("sleep {0} & python3 -c 'x = bytearray(200 << 20); input()' < <(sleep {0})", "killed: more than 104857600 bytes of memory")]
    [InlineData("python3 -c 'x = bytearray(1 << 30)'; sleep {0}", "MemoryError")]
    [InlineData("head -c 50M /dev/zero > big; sleep {0}", "File size limit exceeded")]
    [InlineData("sleep {0} & sleep {0}", "killed: longer than 2 seconds")]
    public async Task What_takes_too_much_is_stopped(string script, string said)
    {
        var marker = MachineScene.Marker();
        var limits = new Machines.MachineLimits
        {
            Processes = 20,
            MemoryBytes = 100L << 20,
            AddressSpaceBytes = 600L << 20,
            FileBytes = 10L << 20,
            WallTime = said.Contains("longer", StringComparison.Ordinal) ? TimeSpan.FromSeconds(2) : TimeSpan.FromHours(1),
        };
        await using var scene = await MachineScene.StartAsync(new() { Limits = limits });
        var id = await scene.BootAsync("#!/bin/bash\n" + script.Replace("{0}", marker, StringComparison.Ordinal) + "\n");
        await scene.ConsoleSaysAsync(id, said);
        if (said.StartsWith("killed", StringComparison.Ordinal))
        {
            await MachineScene.SleepersAsync(marker, 0);
        }

        Assert.Equal("running", await scene.Cloud.StateAsync(id));
    }

    private static Task<string> RefusalAsync(MachineScene scene, string userData) =>
        scene.Cloud.RefusedAsync("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.large"), ("MinCount", "1"), ("MaxCount", "1"), ("UserData", userData));

    private static async Task<string?> AnswerAsync(MachineScene scene, Uri address)
    {
        try
        {
            return await scene.Cloud.Http.GetStringAsync(address);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
