using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

/// <summary>However an instance or the cloud ends, none of its processes is left.</summary>
public sealed class MachineEndTests
{
    /// <summary>Four sleepers: a child, one in a session of its own, an orphan of a double fork that ignores SIGTERM, and the script's own.</summary>
    private const string Family = """
        #!/bin/bash
        trap 'echo told to stop' TERM
        sleep {0} &
        setsid sleep {0} &
        (setsid bash -c 'trap "" TERM HUP; sleep {0} & disown; exec sleep {0}' &)
        echo started
        while true; do wait; done
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Termination_tells_the_processes_and_kills_those_that_stay(bool namespaces)
    {
        var marker = MachineScene.Marker();
        await using var scene = await MachineScene.StartAsync(new() { Namespaces = namespaces });
        var id = await BootAsync(scene, marker);
        await scene.Cloud.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        await scene.ConsoleSaysAsync(id, "told to stop");
        await MachineScene.SleepersAsync(marker, 2);
        Assert.Equal("shutting-down", await scene.Cloud.StateAsync(id));
        scene.Cloud.Pass(26);
        Assert.Equal("terminated", await scene.Cloud.StateAsync(id));
        Assert.Equal(0, MachineScene.Sleeping(marker));
    }

    [Fact]
    public async Task An_interruption_lets_them_run_until_its_time_and_then_tells_them()
    {
        var marker = MachineScene.Marker();
        await using var scene = await MachineScene.StartAsync();
        var id = await BootAsync(scene, marker);
        await scene.Cloud.ControlAsync("interruptions", new { instances = new { instanceIds = new[] { id } } });
        scene.Cloud.Pass(119);
        Assert.DoesNotContain("told to stop", await scene.ConsoleAsync(id), StringComparison.Ordinal);
        Assert.Equal(4, MachineScene.Sleeping(marker));
        scene.Cloud.Pass(2);
        await scene.ConsoleSaysAsync(id, "told to stop");
        scene.Cloud.Pass(25);
        Assert.Equal("terminated", await scene.Cloud.StateAsync(id));
        Assert.Equal(0, MachineScene.Sleeping(marker));
    }

    [Fact]
    public async Task An_interruption_without_notice_is_a_power_cut()
    {
        var marker = MachineScene.Marker();
        await using var scene = await MachineScene.StartAsync();
        var id = await BootAsync(scene, marker);
        await scene.Cloud.ControlAsync("interruptions", new { instances = new { instanceIds = new[] { id } }, noticeSeconds = 0 });
        Assert.Equal("shutting-down", await scene.Cloud.StateAsync(id));
        Assert.Equal(0, MachineScene.Sleeping(marker));
        Assert.DoesNotContain("told to stop", await scene.ConsoleAsync(id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_refuses_to_die_goes_on_while_it_is_shutting_down()
    {
        var marker = MachineScene.Marker();
        await using var scene = await MachineScene.StartAsync();
        var id = await BootAsync(scene, marker);
        await scene.Cloud.ControlAsync("faults", new { kind = "slow-termination", seconds = 300, calls = 1 });
        await scene.Cloud.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        scene.Cloud.Pass(299);
        Assert.Equal("shutting-down", await scene.Cloud.StateAsync(id));
        Assert.Equal(4, MachineScene.Sleeping(marker));
        scene.Cloud.Pass(2);
        await scene.ConsoleSaysAsync(id, "told to stop");
        scene.Cloud.Pass(25);
        Assert.Equal("terminated", await scene.Cloud.StateAsync(id));
        Assert.Equal(0, MachineScene.Sleeping(marker));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_processes_leave_the_instance_running(bool namespaces)
    {
        var marker = MachineScene.Marker();
        await using var scene = await MachineScene.StartAsync(new() { Namespaces = namespaces });
        var id = await BootAsync(scene, marker);
        await scene.Cloud.ControlAsync("faults", new { kind = "signal", signal = "KILL", instances = new { instanceIds = new[] { id } } });
        await scene.Cloud.StateAsync(id);
        await MachineScene.SleepersAsync(marker, 0);
        Assert.Equal("running", await scene.Cloud.StateAsync(id));
    }

    [Fact]
    public async Task A_reset_ends_them()
    {
        var marker = MachineScene.Marker();
        await using var scene = await MachineScene.StartAsync();
        await BootAsync(scene, marker);
        await scene.Cloud.ControlAsync("reset", new { });
        Assert.Equal(0, MachineScene.Sleeping(marker));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_cloud_takes_them_along_when_it_stops(bool namespaces)
    {
        var marker = MachineScene.Marker();
        await using (var scene = await MachineScene.StartAsync(new() { Namespaces = namespaces }))
        {
            await BootAsync(scene, marker);
        }

        Assert.Equal(0, MachineScene.Sleeping(marker));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task The_cloud_takes_them_along_when_it_is_killed(string namespaces)
    {
        var marker = MachineScene.Marker();
        // a program that is killed cannot take a temporary folder of its own along
        using var data = new Hosting.DataFolder(kept: null);
        await using (var program = await CloudSimProgram.StartAsync("--namespaces", namespaces, "--clock-speed", "60", "--data", data.Folder("killed")))
        {
            using var request = new RequestSigner().Sign(
                new Uri(program.Url),
                "ec2",
                "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&InstanceType=m5.large&MinCount=2&MaxCount=2&UserData=" + Uri.EscapeDataString(MachineScene.Encode(Family.Replace("{0}", marker, StringComparison.Ordinal))),
                DateTimeOffset.UtcNow);
            using var response = await program.Control.SendAsync(request);
            response.EnsureSuccessStatusCode();
            await MachineScene.SleepersAsync(marker, 8);
            // leaving the block kills the program with SIGKILL
        }

        await MachineScene.SleepersAsync(marker, 0);
    }

    private static async Task<string> BootAsync(MachineScene scene, string marker)
    {
        var id = await scene.BootAsync(Family.Replace("{0}", marker, StringComparison.Ordinal));
        await scene.ConsoleSaysAsync(id, "started");
        await MachineScene.SleepersAsync(marker, 4);
        return id;
    }
}
