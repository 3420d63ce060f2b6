using Microsoft.AspNetCore.Http;
using OptiInfra.Commands;

namespace OptiInfra.Gateway.Access;

/// <summary>Asks the policy and records what it denies. A field's resolver asks here before it does anything.</summary>
public sealed class AccessGuard(DenialLog denials)
{
    /// <param name="operation">Type and field, as in <see cref="AccessPolicy"/>.</param>
    public AccessVerdict Check(HttpContext context, string operation) => Check(context, context.Caller(), operation);

    /// <summary>The same for a caller that a connection's first message named.</summary>
    public AccessVerdict Check(HttpContext context, Caller? caller, string operation) => Recorded(context, caller, operation, AccessPolicy.Decide(caller, operation));

    /// <summary>Records a decider's refusal where it is about who asks, as when a requester would approve; other refusals deny nobody anything.</summary>
    public void Record(HttpContext context, Caller caller, string operation, CommandOutcome.Refused refused)
    {
        if (refused.Code is "requester_may_not_approve" or "approval_not_waivable")
            Recorded(context, caller, operation, AccessVerdict.No(refused.Code, refused.Reason));
    }

    /// <summary>The customer that the request is about, or why there is none; the operation's role is checked first.</summary>
    /// <param name="asked">A field's argument; the request's header or query where null.</param>
    public CustomerChoice Choose(HttpContext context, string operation, string? asked = null)
    {
        if (Check(context, operation) is AccessVerdict.Denied denied)
            return new CustomerChoice.Refused(denied);
        var choice = asked is null ? CustomerChoice.Of(context) : CustomerChoice.Of(context.RequiredCaller(), asked);
        if (choice is CustomerChoice.Refused refused)
            Recorded(context, context.Caller(), operation, refused.Denied);
        return choice;
    }

    /// <summary>The operation's role, and every customer: for what is of all of them together.</summary>
    public AccessVerdict CheckAllCustomers(HttpContext context, string operation) =>
        Check(context, operation) is AccessVerdict.Denied denied ? denied
        : context.RequiredCaller().IsOfAllCustomers ? AccessVerdict.Yes
        : Recorded(context, context.Caller(), operation, AccessVerdict.No("all_customers_needed", $"{operation} touches every customer; it needs a token of all of them."));

    AccessVerdict Recorded(HttpContext context, Caller? caller, string operation, AccessVerdict verdict)
    {
        if (verdict is AccessVerdict.Denied denied)
            denials.Record(caller, context.Connection.RemoteIpAddress?.ToString(), operation, denied);
        return verdict;
    }
}
