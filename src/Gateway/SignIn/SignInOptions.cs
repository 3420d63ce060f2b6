using OptiInfra.Gateway.SignIn.OAuth;

namespace OptiInfra.Gateway.SignIn;

/// <summary>How people sign in; durations by the injected clock.</summary>
public sealed class SignInOptions
{
    /// <summary>After which a person signs in again.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);
    /// <summary>Within which the token that the first run prints must be used.</summary>
    public TimeSpan FirstTokenLifetime { get; set; } = TimeSpan.FromHours(24);
    /// <summary>The identity provider; null for the one-time tokens alone.</summary>
    public OAuthOptions? OAuth { get; set; }
}
