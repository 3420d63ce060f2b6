namespace OptiInfra.Aws.Protocol;

/// <summary>
/// The wire names of a property, as the service model has them. Without it, an EC2 property is called by its own name in camel case
/// (which an EC2 request capitalises again), a CloudWatch property by its own name.
/// </summary>
/// <param name="locationName">locationName of the service model; null where the model has none and the default is right</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WireAttribute(string? locationName = null) : Attribute
{
    public string? LocationName { get; } = locationName;

    /// <summary>The member's name in the service model, where C# forbids it (a member may not be called like its class).</summary>
    public string? Name { get; init; }

    public bool IdempotencyToken { get; init; }

    /// <summary>The property is the whole response document.</summary>
    public bool Document { get; init; }
}
