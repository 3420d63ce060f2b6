using OptiInfra.Messaging;

namespace MassTransit;

public static class StreamOrderConfigurationExtensions
{
    /// <summary>
    /// Handles the events of one stream one after another, in their order, at this endpoint of this process. Sagas have it
    /// already; a consumer asks for it in its definition where order matters more than doing several things for one stream at once.
    /// </summary>
    public static void UseStreamOrder(this IReceivePipelineConfigurator endpoint) =>
        endpoint.ConfigureReceive(receive => receive.UseFilter(new StreamOrderFilter()));
}
