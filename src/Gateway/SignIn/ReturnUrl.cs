namespace OptiInfra.Gateway.SignIn;

/// <summary>Where a person goes after sign-in: a page of the gateway, never another site.</summary>
static class ReturnUrl
{
    const int Longest = 2000;

    public static string Of(string? asked) =>
        asked is { Length: > 0 and <= Longest } && asked[0] == '/' && (asked.Length == 1 || asked[1] is not ('/' or '\\')) && !asked.Any(char.IsControl) ? asked : "/";
}
