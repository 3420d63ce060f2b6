using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL.AspNetCore;

namespace OptiInfra.Gateway.GraphQL;

static class GraphQLRegistration
{
    public const string Path = "/graphql";

    public static IServiceCollection AddGatewayGraphQL(this IServiceCollection services, bool allowIntrospection)
    {
        services.AddSingleton<MigrationCommands>();
        services.AddSingleton<LiveLog>();
        services.AddSingleton<MigrationStates>();
        services.AddSingleton<JobStates>();
        services.AddSingleton<EventFollower>();
        services.AddSingleton<ProjectionRebuilds>();
        services.AddGraphQLServer()
            .AddTypes(typeof(GraphQLRegistration).Assembly)
            .AddMutationConventions()
            .AddFiltering()
            .AddSorting()
            .AddDataLoader<SummaryLoader>()
            .AddDataLoader<TimelineLoader>()
            .AddDataLoader<MovesLoader>()
            .AddDataLoader<VotesLoader>()
            .AddDataLoader<OpportunitiesLoader>()
            .AddDataLoader<JobHistoryLoader>()
            .AddDataLoader<TokenUseLoader>()
            .AddErrorFilter<UnexpectedErrorLog>()
            .AddSocketSessionInterceptor<SocketSignIn>()
            .DisableIntrospection(!allowIntrospection);
        return services;
    }

    // a subscription lasts; what else takes too long the engine itself stops
    public static void MapGatewayGraphQL(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGraphQL(Path).WithSignInAtConnectionInit().DisableRequestTimeout();
}
