namespace OptiInfra.CloudSim.Faults;

/// <summary>Requests to S3 fail, come late or break off. The effects add up in the order of the fields.</summary>
public sealed record S3Fault : Fault
{
    /// <summary>The operation, with wildcards: PutObject, Get*.</summary>
    public string Operation { get; init; } = "*";

    /// <summary>The bucket, with wildcards.</summary>
    public string Bucket { get; init; } = "*";

    /// <summary>Only keys that begin with this; of bucket calls none does, unless it is empty.</summary>
    public string KeyPrefix { get; init; } = string.Empty;

    /// <summary>Seconds of the cloud's clock before anything else happens.</summary>
    public double DelaySeconds { get; init; }

    /// <summary>The connection breaks and nothing has taken effect.</summary>
    public bool Tear { get; init; }

    /// <summary>S3's error code, such as SlowDown, ConditionalRequestConflict or PreconditionFailed; null lets the call through.</summary>
    public string? Code { get; init; }

    /// <summary>With 200 the error stands in the body of an answer that looks like success, as CompleteMultipartUpload may give.</summary>
    public int Status { get; init; } = 503;

    public string Message { get; init; } = "Please reduce your request rate.";

    /// <summary>The call takes effect, then the connection breaks before the answer: the caller cannot know.</summary>
    public bool LoseResponse { get; init; }

    public bool Matches(string operation, string bucket, string key) =>
        Wildcard.Matches(Operation, operation) && Wildcard.Matches(Bucket, bucket) && key.StartsWith(KeyPrefix, StringComparison.Ordinal);

    public override string? Objection() =>
        DelaySeconds < 0 ? "delaySeconds must not be negative"
        : Status is not 200 and (< 400 or > 599) ? "status must be 200, or from 400 to 599"
        : base.Objection();
}
