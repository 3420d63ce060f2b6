using OptiInfra.Agents.Cost;
using OptiInfra.Contracts;

namespace OptiInfra.Agents.Tests.Cost;

public sealed class FleetFileTests : IDisposable
{
    readonly string path = Path.Combine(Path.GetTempPath(), $"fleet-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(path);

    IReadOnlyList<FleetInstance> Read(string json)
    {
        File.WriteAllText(path, json);
        return FleetFile.Read(path);
    }

    string Refusal(string json)
    {
        var message = Assert.Throws<BadInputException>(() => Read(json)).Message;
        Assert.StartsWith($"Fleet file {path}", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    static string Fleet(params string[] instances) => $$"""{"Reservations":[{"Instances":[{{string.Join(',', instances)}}]}]}""";

    const string Minimal = """{"InstanceId":"i-1","InstanceType":"m5.xlarge","Placement":{"AvailabilityZone":"us-east-1a"}}""";

    [Fact]
    public void what_the_aws_program_prints_is_read()
    {
        var fleet = Read("""
            {"Reservations":[
              {"Instances":[{"InstanceId":"i-1","InstanceType":"m5.xlarge","ImageId":"ami-1","SubnetId":"subnet-1","PrivateIpAddress":"10.0.0.1",
                "LaunchTime":"2025-02-11T09:14:05+01:00","Placement":{"AvailabilityZone":"us-east-1a"},"State":{"Code":80,"Name":"stopped"},
                "Tags":[{"Key":"team","Value":"search"},{"Key":"empty","Value":""}]}]},
              {"Instances":[{"InstanceId":"i-2","InstanceType":"c5.large","InstanceLifecycle":"spot","Placement":{"AvailabilityZone":"us-east-1b"},"State":{"Name":"running"}}]}]}
            """);

        Assert.Equal(["i-1", "i-2"], fleet.Select(i => i.InstanceId));
        Assert.Equal(("stopped", "search", "subnet-1"), (fleet[0].State, fleet[0].Tag("team"), fleet[0].SubnetId));
        Assert.Equal(new DateTimeOffset(2025, 2, 11, 8, 14, 5, TimeSpan.Zero), fleet[0].LaunchTime);
        Assert.Equal([CapacityType.OnDemand, CapacityType.Spot], fleet.Select(i => i.CapacityType));
    }

    [Fact]
    public void what_is_no_json_is_refused_with_the_place()
    {
        Assert.Contains("line 2", Refusal("{\n \"Reservations\": nope }"), StringComparison.Ordinal);
        Assert.Contains("is no JSON", Refusal("InstanceId  Type\ni-1 m5"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("   \n", "is empty")]
    [InlineData("{}", "\"Reservations\"")]
    [InlineData("[]", "\"Reservations\"")]
    [InlineData("""{"Reservations":[]}""", "lists no instance")]
    [InlineData("""{"Reservations":[{}]}""", "\"Instances\"")]
    [InlineData("""{"Reservations":[7]}""", "\"Instances\"")]
    [InlineData("""{"Reservations":[{"Instances":[7]}]}""", "instance number 1 has no InstanceId")]
    public void a_file_without_instances_is_refused_with_what_is_missing(string json, string expected) =>
        Assert.Contains(expected, Refusal(json), StringComparison.Ordinal);

    [Fact]
    public void an_instance_listed_twice_is_named() =>
        Assert.Contains("lists instance i-1 twice", Refusal(Fleet(Minimal, Minimal)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"InstanceType":"m5.xlarge"}""", "instance number 2 has no InstanceId")]
    [InlineData("""{"InstanceId":"i-9"}""", "instance i-9 has no InstanceType")]
    [InlineData("""{"InstanceId":"i-9","InstanceType":"m5.xlarge"}""", "instance i-9 has no Placement.AvailabilityZone")]
    public void a_missing_field_names_its_instance(string instance, string expected) =>
        Assert.Contains(expected, Refusal(Fleet(Minimal, instance)), StringComparison.Ordinal);

    [Fact]
    public void a_file_that_is_not_there_is_no_stack_trace() =>
        Assert.Contains("cannot be read", Assert.Throws<BadInputException>(() => FleetFile.Read(path)).Message, StringComparison.Ordinal);
}
