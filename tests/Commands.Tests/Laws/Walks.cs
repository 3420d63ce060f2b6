using FsCheck;
using FsCheck.Fluent;

namespace OptiInfra.Commands.Tests.Laws;

/// <summary>Generated walks.</summary>
public static class Walks
{
    static readonly Gen<int> Any = Gen.Choose(0, 1_000_000);

    static readonly Gen<Draw> Draws = Any.Zip(Any).Zip(Any).Select(t => new Draw(t.Item1.Item1, t.Item1.Item2, t.Item2));

    static readonly Arbitrary<(int Instances, int Policy, Draw[] Draws)> Arbitrary =
        (from instances in Gen.Choose(1, 12)
         from policy in Gen.Choose(0, 3)
         from length in Gen.Choose(1, 160)
         from draws in Draws.ArrayOf(length)
         select (instances, policy, draws)).ToArbitrary();

    /// <summary>Holds a law on many walks.</summary>
    public static void All(Action<Walk> holds, int cases = 100) =>
        Prop.ForAll(Arbitrary, w => holds(Walk.Of(w.Instances, w.Policy, w.Draws))).Check(Config.QuickThrowOnFailure.WithMaxTest(cases));

    /// <summary>The same walks each time.</summary>
    public static IEnumerable<Walk> Seeded(int count)
    {
        var random = new Random(4711);
        for (var i = 0; i < count; i++)
            yield return Walk.Of(1 + random.Next(12), random.Next(4), [.. Enumerable.Range(0, 40 + random.Next(160)).Select(_ => new Draw(random.Next(1_000_000), random.Next(1_000_000), random.Next(1_000_000)))]);
    }
}
