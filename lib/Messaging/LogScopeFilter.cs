using MassTransit;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Messaging;

/// <summary>What every line that is logged while a message is handled says of it.</summary>
sealed class LogScopeFilter(ILogger logger, Func<ConsumeContext, IReadOnlyDictionary<string, object>> scope) : IFilter<ConsumeContext>
{
    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        using (logger.BeginScope(scope(context)))
            await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("logScope");
}
