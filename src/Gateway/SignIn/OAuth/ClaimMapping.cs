using System.Text.Json.Nodes;
using OptiInfra.Contracts.Access;

namespace OptiInfra.Gateway.SignIn.OAuth;

/// <summary>What a provider's claims mean here.</summary>
static class ClaimMapping
{
    public static IReadOnlyList<Role> Roles(JsonObject claims, OAuthOptions options) =>
        [.. Values(claims, options.RolesClaim).Where(options.RoleMap.ContainsKey).Select(v => options.RoleMap[v]).Distinct().Order()];

    /// <summary>Never every customer, unless the configuration itself says so: a claim's own <c>*</c> is no name.</summary>
    public static IReadOnlyList<string> Customers(JsonObject claims, OAuthOptions options)
    {
        var values = options.CustomersClaim is { } claim ? Values(claims, claim) : [];
        var named = options.CustomerMap.Count == 0
            ? values.Where(CustomerNames.IsName)
            : values.Where(options.CustomerMap.ContainsKey).Select(v => options.CustomerMap[v]);
        return [.. options.Customers.Concat(named).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    public static string Name(JsonObject claims, string subject) =>
        ((string[])["name", "preferred_username", "email"]).Select(c => Text(claims[c])).FirstOrDefault(v => v is { Length: > 0 and <= 200 } && !v.Any(char.IsControl)) ?? subject;

    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A string is one value; an array is its strings.</summary>
    static IReadOnlyList<string> Values(JsonObject claims, string path) => Find(claims, path) switch
    {
        JsonArray array => [.. array.Select(Text).OfType<string>()],
        { } node when Text(node) is { } text => [text],
        _ => [],
    };

    static JsonNode? Find(JsonObject claims, string path)
    {
        // a claim's name may hold dots itself: https://example.com/roles
        if (claims.TryGetPropertyValue(path, out var whole))
            return whole;
        JsonNode? node = claims;
        foreach (var step in path.Split('.'))
            node = (node as JsonObject)?[step];
        return node;
    }
}
