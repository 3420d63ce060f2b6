using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;

namespace OptiInfra.Gateway.Access;

/// <summary>The customer that a request is about: everything it asks goes through a session of that tenant.</summary>
public abstract record CustomerChoice
{
    public const string Header = "X-OptiInfra-Customer";

    CustomerChoice() { }

    public sealed record Chosen(string Customer) : CustomerChoice;

    /// <param name="Denied">The same whether or not there is such a customer.</param>
    public sealed record Refused(AccessVerdict.Denied Denied) : CustomerChoice;

    /// <param name="asked">By the header, a page's query or a field's argument; null when none was named.</param>
    public static CustomerChoice Of(Caller caller, string? asked)
    {
        if (string.IsNullOrEmpty(asked))
            return caller.IsOfAllCustomers ? new Chosen(SessionOptions.DefaultTenant)
                : caller.Customers is [{ } only] ? new Chosen(only)
                : new Refused(AccessVerdict.No("customer_needed", $"Say for which customer: `{Header}: NAME` with one of {string.Join(", ", caller.Customers)}."));
        return caller.BelongsTo(asked)
            ? new Chosen(asked)
            : new Refused(AccessVerdict.No("not_your_customer", "You do not belong to a customer of that name."));
    }

    /// <summary>By the request's header, or by <c>?customer=</c> where a link named it.</summary>
    public static CustomerChoice Of(HttpContext context) =>
        Of(context.RequiredCaller(), context.Request.Headers[Header] is [{ Length: > 0 } named] ? named : context.Request.Query["customer"] is [{ Length: > 0 } linked] ? linked : null);
}
