using System.Collections.Concurrent;
using MassTransit;

namespace OptiInfra.Messaging.Configuration;

/// <summary>Exchange names that a person recognises: <c>phase-completed</c> for the event PhaseCompleted.</summary>
sealed class KebabCaseEntityNameFormatter : IEntityNameFormatter
{
    readonly ConcurrentDictionary<string, Type> types = new(StringComparer.Ordinal);

    /// <exception cref="ConfigurationException">Two types would share an exchange.</exception>
    public string FormatEntityName<T>()
    {
        var name = Name(typeof(T));
        var owner = types.GetOrAdd(name, typeof(T));
        return owner == typeof(T)
            ? name
            : throw new ConfigurationException($"{owner} and {typeof(T)} would both use the exchange '{name}'; rename one, or give it an [EntityName].");
    }

    static string Name(Type type)
    {
        var bare = type.IsGenericType ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] : type.Name;
        var name = KebabCaseEndpointNameFormatter.Instance.SanitizeName(bare);
        return type.IsGenericType ? $"{name}-{string.Join('-', type.GetGenericArguments().Select(Name))}" : name;
    }
}
