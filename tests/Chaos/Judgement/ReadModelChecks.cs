namespace OptiInfra.Chaos.Judgement;

/// <summary>Every read model equals the one built from nothing.</summary>
static class ReadModelChecks
{
    public static IEnumerable<Finding> Of(Evidence evidence)
    {
        foreach (var (key, rebuilt) in evidence.Rebuilt)
            if (!evidence.ReadModels.TryGetValue(key, out var was))
                yield return new(Fate.Lost, $"read model {key} was not there before the rebuild");
            else if (was != rebuilt)
                yield return new(Fate.Lost, $"read model {key} differs from its rebuild: {Difference(was, rebuilt)}");
        foreach (var key in evidence.ReadModels.Keys.Where(key => !evidence.Rebuilt.ContainsKey(key)))
            yield return new(Fate.Duplicated, $"read model {key} is not there after the rebuild");
    }

    static string Difference(string was, string rebuilt)
    {
        var at = 0;
        while (at < was.Length && at < rebuilt.Length && was[at] == rebuilt[at])
            at++;
        string Part(string text) => text.Substring(Math.Max(0, Math.Min(at, text.Length) - 40), Math.Min(80, text.Length - Math.Max(0, Math.Min(at, text.Length) - 40)));
        return $"…{Part(was)}… against …{Part(rebuilt)}…";
    }
}
