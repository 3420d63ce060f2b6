using OptiInfra.Contracts;

namespace OptiInfra.Projections.Tests;

/// <summary>A stream told by its commands.</summary>
interface IStory
{
    Guid Id { get; }
    string Customer { get; }
    IReadOnlyList<object> Events { get; }
    /// <summary>What made them, and when.</summary>
    IReadOnlyList<(ICommand Command, DateTimeOffset At)> Commands { get; }
}
