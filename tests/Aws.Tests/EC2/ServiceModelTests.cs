using System.Reflection;
using System.Text.Json;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;
using OptiInfra.Aws.Protocol;
using OptiInfra.Aws.Tests.Protocol;

namespace OptiInfra.Aws.Tests.EC2;

/// <summary>What the typed requests send and read exists in AWS's own service model under that very name and type.</summary>
public sealed class ServiceModelTests
{
    public static TheoryData<string> Operations => [.. Ec2Operations.All.Select(o => o.Name)];

    public static TheoryData<Type> ValueClasses =>
    [
        typeof(InstanceStateName), typeof(InstanceLifecycleType), typeof(MarketType), typeof(SpotInstanceType),
        typeof(InstanceInterruptionBehavior), typeof(ArchitectureValues), typeof(UsageClassType), typeof(RIProductDescription),
        typeof(ResourceType), typeof(SummaryStatus), typeof(AvailabilityZoneState), typeof(TargetCapacityUnitType), typeof(ShutdownBehavior),
    ];

    [Fact]
    public void there_is_a_typed_operation_for_each_method_of_the_client() => Assert.Equal(
        typeof(IAmazonEC2).GetMethods().Select(m => m.Name.Replace("Async", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        Ec2Operations.All.Select(o => o.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Operations))]
    public void a_request_has_the_service_models_members(string name)
    {
        var (operation, raw, shapes) = Load(name);
        var problems = new List<string>();

        var input = shapes.Structure(raw.GetProperty("input").GetProperty("shape").GetString()!);
        Compare(operation.Input!, input, name, QueryName, problems, []);

        var required = shapes.Raw(input.Name).TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()) : [];
        problems.AddRange(required.Where(r => operation.Input!.Members.All(m => m.Name != r)).Select(r => $"{name}.{r} is required, but absent"));
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void a_response_has_the_service_models_members(string name)
    {
        var (operation, raw, shapes) = Load(name);
        if (!raw.TryGetProperty("output", out var output))
        {
            Assert.Empty(operation.Output!.Members);
            return;
        }

        var problems = new List<string>();
        var typed = operation.Output!.Document is { } document ? (StructureShape)document.Shape : operation.Output;
        Compare(typed, shapes.Structure(output.GetProperty("shape").GetString()!), name, m => m.XmlName, problems, []);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Theory]
    [MemberData(nameof(ValueClasses))]
    public void a_named_value_is_one_of_the_service_models(Type values)
    {
        var known = ModelShapes.Ec2Service.GetProperty("shapes").GetProperty(values.Name).GetProperty("enum").EnumerateArray().Select(v => v.GetString()!);
        var ours = values.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!).ToList();
        Assert.NotEmpty(ours);
        Assert.Subset(known.ToHashSet(StringComparer.Ordinal), ours.ToHashSet(StringComparer.Ordinal));
    }

    private static (QueryOperation Operation, JsonElement Raw, ModelShapes Shapes) Load(string name)
    {
        var model = ModelShapes.Ec2Service;
        Assert.Equal(AmazonEC2Client.ApiVersion, model.GetProperty("metadata").GetProperty("apiVersion").GetString());
        return (Ec2Operations.All.Single(o => o.Name == name), model.GetProperty("operations").GetProperty(name),
            new ModelShapes(model.GetProperty("shapes")));
    }

    private static void Compare(
        StructureShape typed, StructureShape model, string path, Func<Member, string> wireName, List<string> problems, HashSet<Shape> seen)
    {
        if (!seen.Add(typed))
            return;
        foreach (var member in typed.Members)
        {
            var at = $"{path}.{member.Name}";
            var modelled = model.Members.FirstOrDefault(m => m.Name == member.Name);
            if (modelled is null)
            {
                problems.Add($"{at} is unknown to the model");
                continue;
            }

            if (wireName(member) != wireName(modelled))
                problems.Add($"{at} is called {wireName(modelled)}, not {wireName(member)}");
            if (member.IsIdempotencyToken != modelled.IsIdempotencyToken)
                problems.Add($"{at}: idempotency token {modelled.IsIdempotencyToken}");
            Compare(member.Shape, modelled.Shape, at, wireName, problems, seen);
        }
    }

    private static void Compare(Shape typed, Shape model, string path, Func<Member, string> wireName, List<string> problems, HashSet<Shape> seen)
    {
        switch (typed, model)
        {
            case (StructureShape t, StructureShape m):
                Compare(t, m, path, wireName, problems, seen);
                break;
            case (ListShape t, ListShape m):
                Compare(t.Element, m.Element, path + "[]", wireName, problems, seen);
                break;
            case (ScalarShape t, ScalarShape m) when t.Kind == m.Kind && t.TimestampFormat == m.TimestampFormat:
                break;
            default:
                problems.Add($"{path} is a {Describe(model)}, not a {Describe(typed)}");
                break;
        }
    }

    private static string Describe(Shape shape) => shape is ScalarShape scalar ? $"{scalar.Kind}" : shape.GetType().Name;

    private static string QueryName(Member member)
    {
        var name = member.QueryName ?? member.LocationName ?? member.Name;
        return char.ToUpperInvariant(name[0]) + name[1..];
    }
}
