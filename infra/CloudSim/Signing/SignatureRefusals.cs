using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Signing;

/// <summary>How AWS words a refused signature; EC2 and the other query services differ.</summary>
public static class SignatureRefusals
{
    private const string Mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    private const string NotValidated = "AWS was not able to validate the provided access credentials";

    public static CloudRefusalException ForEc2(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Missing => new CloudRefusalException("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
        SignatureVerdict.Incomplete => new CloudRefusalException("IncompleteSignature", 400, "The request signature does not conform to AWS standards."),
        SignatureVerdict.Skewed => new CloudRefusalException("RequestExpired", 400, "Request has expired."),
        SignatureVerdict.WrongRegion => new CloudRefusalException("AuthFailure", 401, "Credential should be scoped to a valid region, not another than us-east-1."),
        SignatureVerdict.UnknownAccessKey => new CloudRefusalException("AuthFailure", 401, NotValidated),
        _ => new CloudRefusalException("AuthFailure", 401, NotValidated),
    };

    public static CloudRefusalException ForS3(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Missing => new CloudRefusalException("AccessDenied", 403, "Access Denied"),
        SignatureVerdict.Incomplete => new CloudRefusalException("AuthorizationHeaderMalformed", 400, "The authorization header that you provided is not valid."),
        SignatureVerdict.UnknownAccessKey => new CloudRefusalException("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
        SignatureVerdict.WrongToken => new CloudRefusalException("InvalidToken", 400, "The provided token is malformed or otherwise not valid."),
        SignatureVerdict.WrongRegion => new CloudRefusalException("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; the region is wrong; expecting 'us-east-1'"),
        SignatureVerdict.Skewed => new CloudRefusalException("RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large."),
        _ => new CloudRefusalException("SignatureDoesNotMatch", 403, Mismatch),
    };

    public static CloudRefusalException ForQueryServices(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Missing => new CloudRefusalException("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
        SignatureVerdict.Incomplete => new CloudRefusalException("IncompleteSignature", 400, "The request signature does not conform to AWS standards."),
        SignatureVerdict.UnknownAccessKey => new CloudRefusalException("InvalidClientTokenId", 403, "The security token included in the request is invalid."),
        SignatureVerdict.WrongRegion => new CloudRefusalException("SignatureDoesNotMatch", 403, "Credential should be scoped to a valid region."),
        SignatureVerdict.Skewed => new CloudRefusalException("SignatureDoesNotMatch", 403, "Signature expired or not yet current: the request's time is more than 5 minutes away."),
        _ => new CloudRefusalException("SignatureDoesNotMatch", 403, Mismatch),
    };
}
