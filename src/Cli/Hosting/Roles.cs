using OptiInfra.Cli.Errors;

namespace OptiInfra.Cli.Hosting;

/// <summary>What a process does; any split over any number of processes works.</summary>
[Flags]
enum Roles
{
    None = 0,
    /// <summary>Puts events on the bus; of several one leads.</summary>
    Relay = 1,
    /// <summary>Delivers timers.</summary>
    Scheduler = 2,
    Sagas = 4,
    Agents = 8,
    /// <summary>Builds the read models; of several one leads each.</summary>
    Projections = 16,
    Gateway = 32,
    /// <summary>Leads the users of training jobs to their trainers.</summary>
    Proxy = 64,
    All = Relay | Scheduler | Sagas | Agents | Projections | Gateway | Proxy,

    /// <summary>Those that need RabbitMQ.</summary>
    OnTheBus = Relay | Scheduler | Sagas | Agents,
}

static class RolesText
{
    static readonly Dictionary<string, Roles> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["all"] = Roles.All,
        ["relay"] = Roles.Relay,
        ["scheduler"] = Roles.Scheduler,
        ["sagas"] = Roles.Sagas,
        ["agents"] = Roles.Agents,
        ["projections"] = Roles.Projections,
        ["gateway"] = Roles.Gateway,
        ["proxy"] = Roles.Proxy,
    };

    /// <exception cref="CliException">One is unknown, or none was given.</exception>
    public static Roles Parse(IEnumerable<string> names)
    {
        var roles = Roles.None;
        foreach (var name in names.SelectMany(n => n.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
            roles |= Known.TryGetValue(name, out var role)
                ? role
                : throw CliException.BadInput($"--roles '{name}' is no role; there are {string.Join(", ", Known.Keys)}.");
        return roles == Roles.None ? throw CliException.BadInput($"--roles names none; there are {string.Join(", ", Known.Keys)}.") : roles;
    }

    public static string Of(Roles roles) =>
        roles == Roles.All ? "all" : string.Join(", ", Known.Where(k => k.Value != Roles.All && roles.HasFlag(k.Value)).Select(k => k.Key));
}
