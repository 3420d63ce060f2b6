namespace OptiInfra.CloudSim.Signing;

public enum SignatureVerdict
{
    Valid,

    /// <summary>No Authorization header.</summary>
    Missing,

    /// <summary>An Authorization header that is not Signature Version 4, or leaves something out.</summary>
    Incomplete,

    UnknownAccessKey,

    /// <summary>X-Amz-Security-Token is not that of the access key.</summary>
    WrongToken,

    /// <summary>Signed for a region that this cloud does not have.</summary>
    WrongRegion,

    /// <summary>The request's time is more than five minutes from the wall's.</summary>
    Skewed,

    /// <summary>Another secret, or something was changed on the way.</summary>
    Mismatch,
}
