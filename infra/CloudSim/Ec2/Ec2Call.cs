using System.Globalization;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>One EC2 request on its way through: what was asked, of whom, when, and where the answer goes.</summary>
public sealed record Ec2Call(QueryParameters Parameters, Cloud Cloud, DateTimeOffset Now, ResponseXml Xml)
{
    public string Required(string name) =>
        Parameters[name] ?? throw CloudRefusalException.Invalid("MissingParameter", $"The request must contain the parameter {name}");

    public bool Flag(string name) => string.Equals(Parameters[name], "true", StringComparison.OrdinalIgnoreCase);

    public int? Number(string name, int least, int most)
    {
        if (Parameters[name] is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw CloudRefusalException.Invalid("InvalidParameterValue", string.Create(CultureInfo.InvariantCulture, $"Value ( {text} ) for parameter {name} is invalid. Expecting a value from {least} to {most}."));
    }

    public DateTimeOffset? Time(string name)
    {
        if (Parameters[name] is not { } text)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw CloudRefusalException.Invalid("InvalidParameterValue", $"Value ({text}) for parameter {name} is invalid. Invalid date/time format.");
    }

    /// <summary>Honours the DryRun flag of calls that have nothing more to check.</summary>
    public void StopIfDryRun()
    {
        if (Flag("DryRun"))
        {
            throw new CloudRefusalException("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.");
        }
    }

    /// <summary>The instances named by InstanceId.N; refuses malformed and unknown ids as EC2 does.</summary>
    public IReadOnlyList<Instance> NamedInstances()
    {
        var ids = Parameters.List("InstanceId");
        foreach (var id in ids)
        {
            if (!id.StartsWith("i-", StringComparison.Ordinal) || id.Length < 3 || !id.AsSpan(2).ContainsOnlyIdCharacters())
            {
                throw CloudRefusalException.Invalid("InvalidInstanceID.Malformed", $"Invalid id: \"{id}\"");
            }
        }

        var unknown = ids.Where(id => Cloud.Find(id, Now) is null).Distinct(StringComparer.Ordinal).ToList();
        return unknown.Count switch
        {
            0 => [.. ids.Distinct(StringComparer.Ordinal).Select(id => Cloud.Find(id, Now)!)],
            1 => throw CloudRefusalException.Invalid("InvalidInstanceID.NotFound", $"The instance ID '{unknown[0]}' does not exist"),
            _ => throw CloudRefusalException.Invalid("InvalidInstanceID.NotFound", $"The instance IDs '{string.Join(", ", unknown)}' do not exist"),
        };
    }
}

internal static class IdCharacters
{
    // fleets written by hand use names such as i-search-1; AWS's own are hexadecimal
    public static bool ContainsOnlyIdCharacters(this ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '-')
            {
                return false;
            }
        }

        return true;
    }
}
