using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>If-Match and If-None-Match of a write ("How to prevent object overwrites with conditional writes", S3 user guide).</summary>
/// <param name="IfMatch">The ETag that the object must have, quoted or not, or *.</param>
/// <param name="IfNoneMatch">Only * is known to S3: there must be no object.</param>
/// <param name="Deletions">How often the key had been deleted when the request began.</param>
public sealed record WriteCondition(string? IfMatch, string? IfNoneMatch, long Deletions)
{
    /// <summary>Throws what S3 would answer if the object is not as the condition wants it.</summary>
    public void Check(StoredObject? current, long deletionsNow)
    {
        if (IfMatch is null && IfNoneMatch is null)
        {
            return;
        }

        if (IfNoneMatch is not (null or "*"))
        {
            throw new CloudRefusalException("NotImplemented", 501, "A header you provided implies functionality that is not implemented: If-None-Match of a write takes * alone.");
        }

        // somebody deleted it while the data were on their way
        if (deletionsNow != Deletions)
        {
            throw new CloudRefusalException("ConditionalRequestConflict", 409, "The conditional request cannot succeed due to a conflicting operation against this resource.");
        }

        if (IfMatch is not null && current is null)
        {
            throw new CloudRefusalException("NoSuchKey", 404, "The specified key does not exist.");
        }

        if ((IfNoneMatch is not null && current is not null) || (IfMatch is not null and not "*" && !string.Equals(IfMatch.Trim('"'), current!.ETag, StringComparison.Ordinal)))
        {
            throw new CloudRefusalException("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold");
        }
    }
}
