using OptiInfra.GraphQL.AspNetCore;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Tests.Types;

public sealed class ConventionTests
{
    /// <summary>What can be asked.</summary>
    [QueryType]
    public static class Queries
    {
        /// <summary>A plan by its id.</summary>
        /// <param name="planId">Which one.</param>
        public static Task<Plan?> GetPlanByIdAsync([ID] Guid planId, IFormatProvider service, CancellationToken cancellationToken) => Task.FromResult<Plan?>(new(planId, "p", [null, 1], State.InProgress));

        [Obsolete("Ask for planById.")]
        public static IEnumerable<Plan?>? Plans(int first = 10, [DefaultValue(State.NotYet)] State? state = null) => null;

        [GraphQLName("anything"), GraphQLDescription("Given."), Cost(3)]
        public static IResult? Other(Choice? choice, [GraphQLDescription("Told.")] long? big, double ratio = 0.5) => null;
    }

    [ObjectType<Plan>]
    public static class PlanNode
    {
        /// <summary>In capitals.</summary>
        public static string Shout([Parent] Plan plan) => plan.Name.ToUpperInvariant();
    }

    /// <summary>What is to be done.</summary>
    /// <param name="Name">What people call it.</param>
    public sealed record Plan([property: ID] Guid Id, string Name, IReadOnlyList<int?> Counts, State State)
    {
        [GraphQLIgnore] public string Hidden => "";
        public Dictionary<string, int>.KeyCollection? Keys => null;
        [GraphQLDeprecated("Old.")] public Uri? Link => null;
        public DateOnly Day => default;
        public System.Text.Json.JsonElement? Raw => null;
    }

    public enum State
    {
        /// <summary>Not yet.</summary>
        NotYet,
        InProgress,
        [Obsolete("Use another.")] DoneAtLast,
    }

    [OneOf]
    public sealed record Choice(string? ByName, int? ByNumber);

    [UnionType("Result")]
    public interface IResult;

    public sealed record Good(int Value) : IResult;

    public sealed record Bad(string Reason) : IResult;

    [Fact]
    public void classes_become_types()
    {
        var schema = new SchemaBuilder().AddQueryType(typeof(Queries)).AddTypeExtension(typeof(PlanNode)).UseServices(type => type == typeof(IFormatProvider)).Build();
        var printed = SchemaPrinter.Print(schema);
        foreach (var part in Parts) Assert.Contains(part, printed, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", printed, StringComparison.Ordinal);
        Assert.Equal(printed, SchemaPrinter.Print(Schema.Parse(printed)));
    }

    static readonly string[] Parts =
    [
        "type Bad {\n  reason: String!\n}",
        "input ChoiceInput @oneOf {\n  byName: String\n  byNumber: Int\n}",
        "union Result = Bad | Good",
        "  planById(\n    \"\"\"\n    Which one.\n    \"\"\"\n    planId: ID!\n  ): Plan\n",
        "  plans(first: Int! = 10, state: State = NOT_YET): [Plan] @deprecated(reason: \"Ask for planById.\")",
        "  \"\"\"\n  Given.\n  \"\"\"\n  anything(\n    choice: ChoiceInput\n    \"\"\"\n    Told.\n    \"\"\"\n    big: Long\n    ratio: Float! = 0.5\n  ): Result @cost(weight: \"3\")",
        "\"\"\"\nWhat is to be done.\n\"\"\"\ntype Plan {\n  id: ID!\n  \"\"\"\n  What people call it.\n  \"\"\"\n  name: String!\n  counts: [Int]!\n  state: State!\n",
        "  keys: [String!]\n  link: URL @deprecated(reason: \"Old.\")\n  day: LocalDate!\n  raw: JSON\n  \"\"\"\n  In capitals.\n  \"\"\"\n  shout: String!\n}",
        "enum State {\n  \"\"\"\n  Not yet.\n  \"\"\"\n  NOT_YET\n  IN_PROGRESS\n  DONE_AT_LAST @deprecated(reason: \"Use another.\")\n}",
    ];

    public sealed class NoScalar
    {
        public nint Pointer => 0;
    }

    public sealed class Twice
    {
        public int Value => 1;
        public int GetValue() => 1;
    }

    public sealed class NoBytes
    {
        public Action? Act => null;
    }

    [Theory]
    [InlineData(typeof(NoScalar), "NoScalar.Pointer: System.IntPtr has no type in GraphQL; bind a scalar with BindRuntimeType, leave the member out with [GraphQLIgnore], or give another type.")]
    [InlineData(typeof(Twice), "Field \"Query.value\" is defined twice; rename one of them with [GraphQLName] or leave one out with [GraphQLIgnore].")]
    [InlineData(typeof(NoBytes), "NoBytes.Act: System.Action has no type in GraphQL; bind a scalar with BindRuntimeType, leave the member out with [GraphQLIgnore], or give another type.")]
    public void a_class_that_makes_no_schema_is_told_with_the_remedy(Type type, string message) =>
        Assert.Equal(message, Assert.Throws<SchemaException>(() => new SchemaBuilder().AddQueryType(type).Build()).Message);

    [Theory]
    [InlineData("Id", "id")]
    [InlineData("ARN", "arn")]
    [InlineData("IPAddress", "ipAddress")]
    [InlineData("SpotPrice", "spotPrice")]
    public void names_begin_in_lower_case(string member, string name) => Assert.Equal(name, Names.CamelCase(member));
}
