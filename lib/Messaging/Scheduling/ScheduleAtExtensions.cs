namespace MassTransit;

public static class ScheduleAtExtensions
{
    /// <summary>
    /// Sends a message to this very endpoint when the injected clock shows <paramref name="due"/>; at once where that has passed. Written in
    /// the transaction of the message being handled. (MassTransit's own ScheduleSend takes a wall-clock instant, or a delay,
    /// which is measured on the injected clock.)
    /// </summary>
    public static Task<ScheduledMessage<T>> ScheduleAt<T>(this ConsumeContext context, DateTimeOffset due, T message, CancellationToken cancellationToken = default)
        where T : class
    {
        var left = due - context.Session().DocumentStore.Options.TimeProvider.GetUtcNow();
        return context.ScheduleSend(left > TimeSpan.Zero ? left : TimeSpan.Zero, message, cancellationToken);
    }
}
