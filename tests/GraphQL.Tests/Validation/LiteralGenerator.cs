using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Tests.Validation;

/// <summary>Makes values of input types at random.</summary>
sealed class LiteralGenerator(Random random)
{
    static readonly string[] Wrong = ["1.5", "\"text\"", "true", "null", "RUNNING", "UNKNOWN", "[1]", "{ id: 1 }", "99999999999", "{ min: 1, min: 2 }"];

    /// <summary>How often a value does not fit, 0..1.</summary>
    public double Faults { get; set; }

    /// <summary>In GraphQL's words.</summary>
    public string Of(IType type, int depth = 2) => random.NextDouble() < Faults
        ? Wrong[random.Next(Wrong.Length)]
        : Make(type, depth, ": ", name => name, value => value);

    /// <summary>As JSON.</summary>
    public string Json(IType type) => Make(type, 2, ":", name => $"\"{name}\"", value => $"\"{value}\"");

    string Make(IType type, int depth, string colon, Func<string, string> field, Func<string, string> member)
    {
        if (!type.IsNonNull && random.Next(8) == 0) return "null";
        string Inner(IType inner) => random.NextDouble() < Faults && colon is ": " ? Wrong[random.Next(Wrong.Length)] : Make(inner, depth - 1, colon, field, member);
        switch (type.Nullable)
        {
            case ListType list:
                return random.Next(4) == 0 ? Inner(list.ElementType) : $"[{string.Join(", ", Enumerable.Range(0, random.Next(3)).Select(_ => Inner(list.ElementType)))}]";
            case EnumType enumeration:
                return member(enumeration.Values[random.Next(enumeration.Values.Count)].Name);
            case InputObjectType { IsOneOf: true } oneOf:
                var chosen = oneOf.Fields[random.Next(depth > 0 ? oneOf.Fields.Count : 1)];
                return $"{{{field(chosen.Name)}{colon}{Inner(new NonNullType(chosen.Type))}}}";
            case InputObjectType input:
                var given = input.Fields.Where(candidate => candidate.IsRequired || (depth > 0 && random.Next(3) == 0));
                return $"{{{string.Join(", ", given.Select(candidate => $"{field(candidate.Name)}{colon}{Inner(candidate.Type)}"))}}}";
            default:
                return type.NamedType.Name switch
                {
                    "Int" => random.Next(-9, 99) + "",
                    "Float" => random.Next(2) == 0 ? "2" : "1.25",
                    "Boolean" => random.Next(2) == 0 ? "true" : "false",
                    "ID" => random.Next(2) == 0 ? "7" : "\"m1\"",
                    _ => "\"text\"",
                };
        }
    }
}
