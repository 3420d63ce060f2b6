using System.Net;

namespace OptiInfra.Aws.EC2;

/// <summary>What a caller can do about an error of EC2.</summary>
public enum Ec2ErrorKind
{
    /// <summary>None of the others; <see cref="Amazon.Runtime.AmazonServiceException.ErrorCode"/> says what.</summary>
    Other,

    /// <summary>The pool (type, zone, market) cannot serve the launch now: let it cool down and go to the next. Never retried in place.</summary>
    Capacity,

    /// <summary>Too many calls; already retried with growing pauses.</summary>
    Throttling,

    /// <summary>A limit of the account. Waiting does not help; a person must raise it. Never retried.</summary>
    Quota,

    /// <summary>The client token was used before with other parameters.</summary>
    IdempotencyMismatch,

    /// <summary>The client token launched an instance that has been terminated since.</summary>
    IdempotentInstanceTerminated,

    /// <summary>No such resource, or not yet visible: normal for a few seconds after a launch.</summary>
    NotFound,

    /// <summary>Credentials, signature or permission.</summary>
    Authentication,

    /// <summary>The request is wrong and will stay so.</summary>
    InvalidParameter,

    /// <summary>The answer to a dry run that would have succeeded.</summary>
    DryRun,

    /// <summary>EC2's own fault; already retried.</summary>
    Server,
}

/// <summary>Sorts EC2's error codes (API reference, "Error codes for the Amazon EC2 API") by what can be done about them.</summary>
internal static class Ec2ErrorCodes
{
    private static readonly Dictionary<string, Ec2ErrorKind> Exact = new(StringComparer.OrdinalIgnoreCase)
    {
        // Capacity. EC2 lists some of these as server errors with a 5xx status; Unsupported is a type that the zone does not have, a full
        // subnet and a price cap below the market likewise end only this pool. Karpenter treats them alike (pkg/errors/errors.go).
        ["InsufficientInstanceCapacity"] = Ec2ErrorKind.Capacity,
        ["InsufficientCapacity"] = Ec2ErrorKind.Capacity,
        ["InsufficientHostCapacity"] = Ec2ErrorKind.Capacity,
        ["InsufficientReservedInstanceCapacity"] = Ec2ErrorKind.Capacity,
        ["InsufficientCapacityOnHost"] = Ec2ErrorKind.Capacity,
        ["InsufficientFreeAddressesInSubnet"] = Ec2ErrorKind.Capacity,
        ["UnfulfillableCapacity"] = Ec2ErrorKind.Capacity,
        ["ReservationCapacityExceeded"] = Ec2ErrorKind.Capacity,
        ["SpotMaxPriceTooLow"] = Ec2ErrorKind.Capacity,
        ["Unsupported"] = Ec2ErrorKind.Capacity,

        ["RequestLimitExceeded"] = Ec2ErrorKind.Throttling,
        ["Throttling"] = Ec2ErrorKind.Throttling,
        ["ThrottlingException"] = Ec2ErrorKind.Throttling,
        ["ThrottledException"] = Ec2ErrorKind.Throttling,
        ["EC2ThrottledException"] = Ec2ErrorKind.Throttling,
        ["RequestThrottled"] = Ec2ErrorKind.Throttling,
        ["RequestThrottledException"] = Ec2ErrorKind.Throttling,
        ["TooManyRequestsException"] = Ec2ErrorKind.Throttling,
        ["SlowDown"] = Ec2ErrorKind.Throttling,
        ["BandwidthLimitExceeded"] = Ec2ErrorKind.Throttling,
        ["PriorRequestNotComplete"] = Ec2ErrorKind.Throttling,

        ["InstanceLimitExceeded"] = Ec2ErrorKind.Quota,
        ["VcpuLimitExceeded"] = Ec2ErrorKind.Quota,
        ["MaxSpotInstanceCountExceeded"] = Ec2ErrorKind.Quota,
        ["MaxSpotFleetRequestCountExceeded"] = Ec2ErrorKind.Quota,
        ["MaxFleetCountExceeded"] = Ec2ErrorKind.Quota,
        ["ResourceCountExceeded"] = Ec2ErrorKind.Quota,

        ["IdempotentParameterMismatch"] = Ec2ErrorKind.IdempotencyMismatch,
        ["IdempotentInstanceTerminated"] = Ec2ErrorKind.IdempotentInstanceTerminated,
        ["DryRunOperation"] = Ec2ErrorKind.DryRun,

        ["AuthFailure"] = Ec2ErrorKind.Authentication,
        ["UnauthorizedOperation"] = Ec2ErrorKind.Authentication,
        ["AccessDenied"] = Ec2ErrorKind.Authentication,
        ["Blocked"] = Ec2ErrorKind.Authentication,
        ["ExpiredToken"] = Ec2ErrorKind.Authentication,
        ["IncompleteSignature"] = Ec2ErrorKind.Authentication,
        ["InvalidClientTokenId"] = Ec2ErrorKind.Authentication,
        ["InvalidSecurityToken"] = Ec2ErrorKind.Authentication,
        ["MissingAuthenticationToken"] = Ec2ErrorKind.Authentication,
        ["OptInRequired"] = Ec2ErrorKind.Authentication,
        ["PendingVerification"] = Ec2ErrorKind.Authentication,
        ["RequestExpired"] = Ec2ErrorKind.Authentication,
        ["SignatureDoesNotMatch"] = Ec2ErrorKind.Authentication,

        ["DryRunNotSupported"] = Ec2ErrorKind.InvalidParameter,
        ["MalformedQueryString"] = Ec2ErrorKind.InvalidParameter,
        ["MissingAction"] = Ec2ErrorKind.InvalidParameter,
        ["MissingParameter"] = Ec2ErrorKind.InvalidParameter,
        ["UnknownParameter"] = Ec2ErrorKind.InvalidParameter,
        ["UnknownVolumeType"] = Ec2ErrorKind.InvalidParameter,
        ["UnsupportedHostConfiguration"] = Ec2ErrorKind.InvalidParameter,
        ["ValidationError"] = Ec2ErrorKind.InvalidParameter,

        ["InternalError"] = Ec2ErrorKind.Server,
        ["InternalFailure"] = Ec2ErrorKind.Server,
        ["InternalServerError"] = Ec2ErrorKind.Server,
        ["ServiceUnavailable"] = Ec2ErrorKind.Server,
        ["Unavailable"] = Ec2ErrorKind.Server,
        ["RequestTimeout"] = Ec2ErrorKind.Server,
    };

    public static Ec2ErrorKind Classify(string? code, HttpStatusCode status)
    {
        if (code is { Length: > 0 })
        {
            if (Exact.TryGetValue(code, out var kind))
                return kind;
            if (code.EndsWith("NotFound", StringComparison.Ordinal))
                return Ec2ErrorKind.NotFound;
            // the same for whatever else runs short, a zone's volumes for one
            if (code.StartsWith("Insufficient", StringComparison.Ordinal))
                return Ec2ErrorKind.Capacity;
            // each resource has a limit of its own: AddressLimitExceeded, VolumeLimitExceeded, …
            if (code.EndsWith("LimitExceeded", StringComparison.Ordinal))
                return Ec2ErrorKind.Quota;
            if (code.StartsWith("Invalid", StringComparison.Ordinal))
                return Ec2ErrorKind.InvalidParameter;
        }

        return (int)status >= 500 ? Ec2ErrorKind.Server : Ec2ErrorKind.Other;
    }
}
