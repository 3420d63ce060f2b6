using System.Buffers.Text;
using System.Globalization;
using System.Text;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>Opaque page tokens: where the next page begins.</summary>
public static class Page
{
    /// <param name="position">What the next page begins at, in the operation's own terms.</param>
    public static string Token(string operation, long position) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{operation}|{position}")));

    /// <summary>The position a token stands for; 0 without one. Refuses a token of another operation.</summary>
    public static long Position(string operation, string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return 0;
        }

        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split('|');
            if (parts.Length == 2 && string.Equals(parts[0], operation, StringComparison.Ordinal)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var position))
            {
                return position;
            }
        }
        catch (FormatException)
        {
            // not one of ours: refused below like every other
        }

        throw CloudRefusalException.Invalid("InvalidNextToken", "The token is invalid.");
    }
}
