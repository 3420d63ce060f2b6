namespace OptiInfra.Architecture.Tests;

/// <summary>Time and chance come from outside, so that what was decided can be decided again.</summary>
public sealed class ClockAndChanceTests
{
    static readonly string[] Watched =
    [
        "System.DateTime", "System.DateTimeOffset", "System.Random", "System.Threading.Tasks.Task", "System.Threading.Thread",
        "System.Threading.PeriodicTimer",
    ];

    [Fact]
    public void nothing_in_src_or_lib_asks_the_machine_for_the_time_or_for_chance()
    {
        Assert.NotEmpty(References.Assemblies);
        Assert.Empty(References.Assemblies.SelectMany(Forbidden));
    }

    [Theory]
    [InlineData(nameof(CounterExamples.Now), "System.DateTime.get_Now()")]
    [InlineData(nameof(CounterExamples.UtcNow), "System.DateTime.get_UtcNow()")]
    [InlineData(nameof(CounterExamples.Today), "System.DateTime.get_Today()")]
    [InlineData(nameof(CounterExamples.OffsetNow), "System.DateTimeOffset.get_Now()")]
    [InlineData(nameof(CounterExamples.OffsetUtcNow), "System.DateTimeOffset.get_UtcNow()")]
    [InlineData(nameof(CounterExamples.Chance), "System.Random.get_Shared()")]
    [InlineData(nameof(CounterExamples.UnseededChance), "System.Random..ctor()")]
    [InlineData(nameof(CounterExamples.Wait), "System.Threading.Tasks.Task.Delay(Int32)")]
    [InlineData(nameof(CounterExamples.CancellableWait), "System.Threading.Tasks.Task.Delay(System.TimeSpan, System.Threading.CancellationToken)")]
    [InlineData(nameof(CounterExamples.Sleep), "System.Threading.Thread.Sleep(Int32)")]
    [InlineData(nameof(CounterExamples.Tick), "System.Threading.PeriodicTimer..ctor(System.TimeSpan)")]
    public void a_call_to_the_machines_clock_or_chance_is_caught(string method, string call) =>
        Assert.Contains($"{typeof(CounterExamples).FullName!.Replace('+', '.')}.{method} calls {call}", OfTheseTests());

    [Fact]
    public void waiting_by_a_given_clock_and_drawing_from_a_given_seed_are_allowed() =>
        Assert.DoesNotContain(OfTheseTests(), call => call.Contains(nameof(CounterExamples.Allowed), StringComparison.Ordinal));

    static IReadOnlyList<string> OfTheseTests() => [.. Forbidden(typeof(ClockAndChanceTests).Assembly.Location)];

    static IEnumerable<string> Forbidden(string assemblyPath) =>
        from call in Calls.Of(assemblyPath, Watched)
        where (call.Type, call.Method) switch
        {
            ("System.DateTime" or "System.DateTimeOffset", "get_UtcNow" or "get_Now" or "get_Today") => true,
            ("System.Random", "get_Shared") => true,
            ("System.Random", ".ctor") => call.Parameters.IsEmpty,
            ("System.Threading.Tasks.Task", "Delay") or ("System.Threading.PeriodicTimer", ".ctor") => !call.Parameters.Contains("System.TimeProvider"),
            ("System.Threading.Thread", "Sleep") => true,
            _ => false,
        }
        select call.ToString();

#pragma warning disable RS0030, MA0132, CA5394, MA0105, MA0166 // the very calls that the rule is to catch
    static class CounterExamples
    {
        public static DateTime Now() => DateTime.Now;
        public static DateTime UtcNow() => DateTime.UtcNow;
        public static DateTime Today() => DateTime.Today;
        public static DateTimeOffset OffsetNow() => DateTimeOffset.Now;
        public static DateTimeOffset OffsetUtcNow() => DateTimeOffset.UtcNow;
        public static int Chance() => Random.Shared.Next();
        public static Random UnseededChance() => new();
        public static Task Wait() => Task.Delay(1);
        public static Task CancellableWait() => Task.Delay(TimeSpan.Zero, CancellationToken.None);
        public static void Sleep() => Thread.Sleep(0);
        public static PeriodicTimer Tick() => new(TimeSpan.FromSeconds(1));

        public static Task Allowed(TimeProvider clock)
        {
            var seeded = new Random(1);
            return Task.Delay(TimeSpan.FromMilliseconds(seeded.Next(5)), clock, CancellationToken.None);
        }
    }
#pragma warning restore RS0030, MA0132, CA5394, MA0105, MA0166
}
