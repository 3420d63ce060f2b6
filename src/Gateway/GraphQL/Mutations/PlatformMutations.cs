using Microsoft.AspNetCore.Http;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

[MutationType]
static class PlatformMutations
{
    /// <summary>
    /// Builds a projection from the whole log beside the one that is read, and switches when it is done; projections tells
    /// how far it has come. While one goes on, asking again gives that one. For callers of all customers, whose read models
    /// they are.
    /// </summary>
    /// <param name="name">As projections lists it.</param>
    [Error<CommandRefusedException>, UseMutationConvention(PayloadFieldName = "projection")]
    public static async Task<ProjectionLag> RebuildProjectionAsync(string name, HttpContext context, AccessGuard guard, ProjectionRebuilds rebuilds, CancellationToken cancellationToken)
    {
        guard.RequireAllCustomers(context, "Mutation.rebuildProjection");
        return ProjectionLag.Of(await rebuilds.BeginAsync(name, context.RequiredCaller().Id, cancellationToken), withError: true);
    }
}
