using System.Text.Json;

namespace OptiInfra.Projections;

/// <summary>The values of enumerations as people read them: <c>awaiting approval</c>.</summary>
public static class EnumWords
{
    public static string Of<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()).Replace('_', ' ');
}
