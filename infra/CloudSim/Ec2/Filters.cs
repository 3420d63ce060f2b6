using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>EC2 filters: all named filters must match, any one value of each; wildcards * and ?; case counts.</summary>
public sealed class Filters
{
    private readonly List<(string Name, IReadOnlyList<string> Values)> _filters = [];

    public static Filters From(QueryParameters parameters)
    {
        var filters = new Filters();
        foreach (var filter in parameters.Structures("Filter"))
        {
            var name = filter["Name"] ?? throw CloudRefusalException.Invalid("InvalidParameterValue", "A filter has no name.");
            filters._filters.Add((name, filter.List("Value")));
        }

        return filters;
    }

    public bool Any => _filters.Count > 0;

    /// <summary>True where every filter matches one of the values that <paramref name="valuesOf"/> gives for its name; null from it means an unknown filter, which is refused.</summary>
    public bool Match(Func<string, IEnumerable<string?>?> valuesOf)
    {
        foreach (var (name, patterns) in _filters)
        {
            var values = valuesOf(name) ?? throw CloudRefusalException.Invalid("InvalidParameterValue", $"The filter '{name}' is invalid");
            var found = false;
            foreach (var value in values)
            {
                if (value is not null && patterns.Any(pattern => Wildcard.Matches(pattern, value)))
                {
                    found = true;
                    break;
                }
            }

            if (!found)
            {
                return false;
            }
        }

        return true;
    }
}
