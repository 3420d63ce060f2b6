using Microsoft.AspNetCore.Http;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>What every root field asks first.</summary>
static class FieldAccess
{
    /// <summary>The customer that a field is about.</summary>
    /// <exception cref="GraphQLException">The caller may not; with the denial's code.</exception>
    public static string RequireCustomer(this AccessGuard guard, HttpContext context, string operation, string? asked) => guard.Choose(context, operation, asked) switch
    {
        CustomerChoice.Chosen chosen => chosen.Customer,
        CustomerChoice.Refused refused => throw Denial(refused.Denied),
        var other => throw new InvalidOperationException($"Unknown choice {other}."),
    };

    /// <exception cref="GraphQLException">The caller may not; with the denial's code.</exception>
    public static void Require(this AccessGuard guard, HttpContext context, string operation)
    {
        if (guard.Check(context, operation) is AccessVerdict.Denied denied)
            throw Denial(denied);
    }

    /// <summary>What is every customer's can be changed only by callers of all.</summary>
    /// <exception cref="GraphQLException">The caller may not; with the denial's code.</exception>
    public static void RequireAllCustomers(this AccessGuard guard, HttpContext context, string operation)
    {
        if (guard.CheckAllCustomers(context, operation) is AccessVerdict.Denied denied)
            throw Denial(denied);
    }

    public static GraphQLException Denial(AccessVerdict.Denied denied) => new(new GraphQLError(denied.Reason) { Code = denied.Code });

    /// <summary>PostgreSQL's text holds every character but this one.</summary>
    /// <exception cref="GraphQLException">It holds U+0000.</exception>
    public static string Storable(string text) => text.Contains('\0', StringComparison.Ordinal) ? throw BadInput("A text must not hold the character U+0000.") : text;

    public static GraphQLException BadInput(string message) => new(new GraphQLError(message) { Code = "bad_input" });
}
