namespace OptiInfra.GraphQL.Execution;

/// <summary>Stands for an input that was not given, which null would not tell.</summary>
sealed class Absent
{
    public static readonly Absent Value = new();

    Absent() { }
}
