namespace OptiInfra.CloudSim.Instances;

/// <summary>The cloud says no, with AWS's error code, HTTP status and a sentence.</summary>
public sealed class CloudRefusalException(string code, int status, string message) : Exception(message)
{
    public string Code { get; } = code;

    public int Status { get; } = status;

    public static CloudRefusalException Invalid(string code, string message) => new(code, 400, message);
}
