using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

/// <summary>Pasts that many tests begin with.</summary>
public static class Stages
{
    public static Past Analyzing(int instances = 10, MigrationPolicy? policy = null) => Past.Requested(instances, policy).AnalysisStarted();

    public static Past Coordinating(int instances = 10, MigrationPolicy? policy = null) => Analyzing(instances, policy).Analyzed().VotesRequested();

    public static Past AllVoted(int instances = 10, MigrationPolicy? policy = null)
    {
        var past = Coordinating(instances, policy).BaselineTaken();
        return past.Approves(past.Policy.Voters);
    }

    public static Past AwaitingApproval(int instances = 10, MigrationPolicy? policy = null) => AllVoted(instances, policy).ApprovalRequested();

    public static Past Approved(int instances = 10, MigrationPolicy? policy = null) => AwaitingApproval(instances, policy).CustomerApproved();

    /// <summary>The first phase has started, with its one instance or as many as given.</summary>
    public static Past FirstPhase(int instances = 10, int moving = 1, MigrationPolicy? policy = null) => Approved(instances, policy).PhaseStarted(1, [.. Enumerable.Range(1, moving)]);

    /// <summary>The first phase has moved and its window runs.</summary>
    public static Past FirstWindow(int instances = 10, int moving = 1, MigrationPolicy? policy = null) =>
        FirstPhase(instances, moving, policy).Moved(Enumerable.Range(1, moving)).PhaseCompleted(moving);

    /// <summary>The first phase has passed its gate.</summary>
    public static Past FirstPassed(int instances = 10, int moving = 1, MigrationPolicy? policy = null) => FirstWindow(instances, moving, policy).CheckRequested().Measured();

    /// <summary>Ten instances, the second phase's four about to move.</summary>
    public static Past SecondPhase(MigrationPolicy? policy = null) => FirstPassed(policy: policy).PhaseStarted(2, 2, 3, 4, 5);

    /// <summary>Ten instances, five of them moved and watched.</summary>
    public static Past SecondWindow(MigrationPolicy? policy = null) => SecondPhase(policy).Moved(2, 3, 4, 5).PhaseCompleted(4);

    /// <summary>Ten instances, all moved, the last window runs.</summary>
    public static Past LastWindow(MigrationPolicy? policy = null) =>
        SecondWindow(policy).CheckRequested().Measured().PhaseStarted(3, 6, 7, 8, 9, 10).Moved(6, 7, 8, 9, 10).PhaseCompleted(5);

    /// <summary>Ten instances, all gates passed.</summary>
    public static Past LastPassed(MigrationPolicy? policy = null) => LastWindow(policy).CheckRequested().Measured();

    /// <summary>The first window could not be judged, twice.</summary>
    public static Past Paused(int instances = 10, MigrationPolicy? policy = null) =>
        FirstWindow(instances, 1, policy).CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended().CheckRequested().Measured(QualityVerdict.NotEnoughData).Paused();

    /// <summary>Three instances, one moved, being rolled back.</summary>
    public static Past RollingBack(RollbackTrigger trigger = RollbackTrigger.QualityDegraded)
    {
        var past = FirstWindow(3).CheckRequested().Measured(QualityVerdict.Degraded);
        return (trigger is RollbackTrigger.Cancelled ? past.CancellationRequested() : past).RollbackStarted(trigger, 1);
    }

    /// <summary>Two instances, all gates passed, the old ones being retired.</summary>
    public static Past Retiring() =>
        FirstPassed(2).PhaseStarted(3, 2).Moved(2).PhaseCompleted(1).CheckRequested().Measured().RetirementStarted(1, 2);

    /// <summary>Every status that a migration can have, and the stages within, by name.</summary>
    public static IReadOnlyDictionary<string, Func<Past>> All { get; } = new Dictionary<string, Func<Past>>
    {
        ["requested"] = () => Past.Requested(),
        ["analyzing"] = () => Analyzing(),
        ["analyzed"] = () => Analyzing().Analyzed(),
        ["coordinating"] = () => Coordinating(),
        ["awaiting approval"] = () => AwaitingApproval(),
        ["approved"] = () => Approved(),
        ["moving"] = () => FirstPhase().Started(1),
        ["watching"] = () => FirstWindow(),
        ["measuring"] = () => FirstWindow().CheckRequested(),
        ["passed"] = () => FirstPassed(),
        ["paused"] = () => Paused(),
        ["rolling back"] = () => RollingBack(),
        ["retiring"] = () => Retiring(),
        ["complete"] = () => Retiring().Retired(1, 2).Completed(),
        ["failed"] = () => AwaitingApproval().Rejected(),
        ["rolled back"] = () => RollingBack().RolledBack(1).RolledBackForGood(),
        ["cancelled"] = () => RollingBack(RollbackTrigger.Cancelled).RolledBack(1).Cancelled(),
    };

    public static IReadOnlyList<string> Ends { get; } = ["complete", "failed", "rolled back", "cancelled"];

    public static TheoryData<string> Except(params IEnumerable<string> stages) => [.. All.Keys.Except(stages)];
}
