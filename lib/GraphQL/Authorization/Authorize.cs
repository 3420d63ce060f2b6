using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL;

/// <summary>The field, or each field of the class, is answered only to whom the registered <see cref="IAuthorizationHandler"/> lets through.</summary>
public sealed class AuthorizeAttribute : FieldMiddlewareAttribute
{
    public AuthorizeAttribute() { }

    /// <param name="policy">A name that the handler understands.</param>
    public AuthorizeAttribute(string policy) => Policy = policy;

    public string? Policy { get; set; }

    /// <summary>One of these is enough; any signed-in caller where empty.</summary>
    public string[] Roles { get; set; } = [];

    public override int Order => 0;

    public override void Configure(FieldConfiguration field)
    {
        ArgumentNullException.ThrowIfNull(field);
        field.Field.IsAsync = true;
        field.Use(next => async context =>
        {
            await Require(context);
            return await next(context);
        });
        if (field.Field.Subscribe is not { } subscribe) return;
        field.Field.Subscribe = async context =>
        {
            await Require(context);
            return await subscribe(context);
        };
    }

    async ValueTask Require(ResolverContext context)
    {
        var handler = context.Service<IAuthorizationHandler>();
        var result = await handler.AuthorizeAsync(context, new(Policy, Roles), context.RequestAborted);
        if (result == AuthorizeResult.Allowed) return;
        throw new GraphQLException(result == AuthorizeResult.NotAuthenticated
            ? new GraphQLError("You need to sign in for this.") { Code = ErrorCodes.NotAuthenticated }
            : new GraphQLError("You are not authorized for this.") { Code = ErrorCodes.NotAuthorized });
    }
}

/// <summary>Decides who may see a field.</summary>
public interface IAuthorizationHandler
{
    ValueTask<AuthorizeResult> AuthorizeAsync(IResolverContext context, AuthorizeDirective directive, CancellationToken cancellationToken);
}

/// <summary>What a field asks for.</summary>
/// <param name="Roles">One of these is enough; any signed-in caller where empty.</param>
public sealed record AuthorizeDirective(string? Policy, IReadOnlyList<string> Roles);

public enum AuthorizeResult
{
    Allowed,
    NotAllowed,
    NotAuthenticated,
}
