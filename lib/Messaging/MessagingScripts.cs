using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>The tables of this library (inbox, saga state, scheduled messages), which live in the event store's schema.</summary>
public static class MessagingScripts
{
    /// <summary>Applied together with the store's own by <see cref="IDocumentStore.ApplyAllConfiguredChangesToDatabaseAsync"/>.</summary>
    public static SchemaScripts Scripts { get; } =
        new("messaging", typeof(MessagingScripts).Assembly, "OptiInfra.Messaging.Scripts.");

    /// <summary>Adds the tables to a store; safe to call twice.</summary>
    public static StoreOptions UseMessaging(this StoreOptions options)
    {
        if (!options.AdditionalScripts.Contains(Scripts))
            options.AdditionalScripts.Add(Scripts);
        return options;
    }
}
