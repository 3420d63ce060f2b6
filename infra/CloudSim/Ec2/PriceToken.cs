using System.Globalization;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>A place in a price history as it stood at an instant.</summary>
public sealed record PriceToken(DateTimeOffset AsOf, int Offset)
{
    /// <summary>Null without a token; refuses one that is not a price token.</summary>
    public static PriceToken? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var parts = text.Split('-');
        return parts.Length == 3 && parts[0] is "prices"
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var asOf)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? new PriceToken(DateTimeOffset.FromUnixTimeMilliseconds(asOf), offset)
            : throw CloudRefusalException.Invalid("InvalidNextToken", "The token is invalid.");
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"prices-{AsOf.ToUnixTimeMilliseconds()}-{Offset}");
}
