using OptiInfra.Gateway.Pages;

namespace OptiInfra.Gateway.SignIn;

static class SignInPage
{
    /// <summary>Takes the token from the address's fragment, which no server and no log ever sees, into the form.</summary>
    public const string Script = """
        const field = document.querySelector("input[name=token]");
        if (location.hash.startsWith("#oi_")) {
          field.value = location.hash.slice(1);
          history.replaceState(null, "", location.pathname + location.search);
        }
        """;

    public static string Of(string returnUrl, string? provider, string? problem) => Markup.Page("Sign in", Markup.Of($"""
        <h1>Sign in to OptiInfra</h1>
        {(problem is null ? null : Markup.Of($"<p class=\"question\">{problem}</p>"))}
        {(provider is null ? null : Markup.Of($"<p><a href=\"/signin/oauth?returnUrl={Uri.EscapeDataString(returnUrl)}\">Sign in with {provider}</a></p>"))}
        <form method="post" action="/signin">
        <input type="hidden" name="returnUrl" value="{returnUrl}">
        <p><label>One-time token <input type="password" name="token" size="70" autocomplete="off" required></label> <button>Sign in</button></p>
        </form>
        <p>The first run of the gateway prints one; <code>optiinfra token create --one-time</code> makes another.</p>
        <script src="/signin.js"></script>
        """));
}
