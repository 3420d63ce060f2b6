using System.Text.Json;
using System.Text.Json.Serialization;

namespace OptiInfra.CloudSim.Control;

/// <summary>How the control API writes and reads JSON.</summary>
public static class ControlJson
{
    public static void Configure(JsonSerializerOptions options)
    {
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowOutOfOrderMetadataProperties = true;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower));
    }
}
