using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using OptiInfra.Contracts.Access;

namespace OptiInfra.Gateway.Access;

/// <summary>Who asks: a person or program whose token was good when it was read.</summary>
public sealed record Caller
{
    /// <summary>The same for every token of one person or program.</summary>
    public required string Id { get; init; }
    /// <summary>For people.</summary>
    public required string Name { get; init; }
    public required Guid TokenId { get; init; }
    public required TokenKind Kind { get; init; }
    /// <summary>As the token has them; <see cref="Has"/> knows what they include.</summary>
    public required IReadOnlyList<Role> Roles { get; init; }
    /// <summary>As the token has them; <c>*</c> is every customer.</summary>
    public required IReadOnlyList<string> Customers { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    /// <summary>It came by a cookie, which browsers send along whoever made them ask.</summary>
    public bool ByCookie { get; init; }

    public bool IsOfAllCustomers => Customers.Contains(CustomerNames.All);

    /// <summary>What a command carries, so that its decider can judge by who was signed in.</summary>
    public SignedInPerson Person => new(Id, Roles);

    public bool Has(Role needed) => Roles.Any(held => AccessPolicy.Includes(held, needed));

    public bool BelongsTo(string customer) => CustomerNames.IsName(customer) && (IsOfAllCustomers || Customers.Contains(customer, StringComparer.Ordinal));
}

/// <summary>Where the rest of a request finds its caller.</summary>
public static class CallerOfRequest
{
    /// <summary>Null where the endpoint asks for no sign-in, or leaves it to the connection's first message.</summary>
    public static Caller? Caller(this HttpContext context) => context.Items.TryGetValue(typeof(Caller), out var caller) ? (Caller?)caller : null;

    /// <summary>Signs the request in; what goes on behind its end finds the caller too, since items are copied.</summary>
    internal static void SignIn(this HttpContext context, Caller caller)
    {
        context.Items[typeof(Caller)] = caller;
        context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, caller.Id)], "token"));
    }

    /// <exception cref="InvalidOperationException">The endpoint does not ask for sign-in: there is none.</exception>
    public static Caller RequiredCaller(this HttpContext context) =>
        context.Caller() ?? throw new InvalidOperationException($"{context.Request.Path} is open to everybody and has no caller.");

    public static bool TryCaller(this HttpContext context, [NotNullWhen(true)] out Caller? caller) => (caller = context.Caller()) is not null;
}
