using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Commands.Access;
using OptiInfra.Gateway.Http;

namespace OptiInfra.Gateway.Access;

static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<FailedSignIns>();
        services.AddSingleton<TokenUses>();
        services.AddSingleton<AccessGuard>();
        services.AddSingleton<SignInGate>();
        services.AddSingleton(all => new CallerReader(
            all.GetRequiredService<AccessTokens>(), all.GetRequiredService<TokenUses>(), all.GetRequiredService<FailedSignIns>(),
            all.GetRequiredService<DenialLog>(), all.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DenialLog>().AddHostedService(all => all.GetRequiredService<DenialLog>());
        services.AddSingleton<LiveCallers>().AddHostedService(all => all.GetRequiredService<LiveCallers>());
        return services;
    }
}
