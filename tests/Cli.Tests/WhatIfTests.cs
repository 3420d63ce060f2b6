using System.Text.Json;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections.Tests;
using OptiInfra.Replay;

namespace OptiInfra.Cli.Tests;

/// <summary>Two instances of 0.192 USD an hour on demand, one spot pool of 0.06: each saves some 96 USD a month less interruptions.</summary>
public sealed class WhatIfTests
{
    static readonly MigrationPolicy Same = new();

    static WhatIfReport Ask(MigrationStory story, MigrationPolicy policy) => OptiInfra.Replay.WhatIf.Run(story.Events, policy);

    [Fact]
    public void the_same_policy_changes_nothing_and_leaves_nothing_unknown()
    {
        var report = Ask(JudgedStory.Completed(), Same);

        Assert.Empty(report.Rules);
        Assert.Empty(report.Differences);
        Assert.Empty(report.Unknown);
        // two instances, four votes, the plan, its approval, two phases and their completions, two purchases, two gates, the retirement
        Assert.Equal(2 + 4 + 2 + 2 + 2 + 2 + 2 + 1, report.Same);
        Assert.Equal(report.Money.PromisedThenMonthlyUsd, report.Money.PromisedNowMonthlyUsd);
        Assert.Equal(2 * 730 * (0.192m - 0.062m), report.Money.RealisedThenMonthlyUsd);
        Assert.Equal(report.Money.RealisedThenMonthlyUsd, report.Money.RealisedNowMonthlyUsd);
    }

    [Fact]
    public void a_policy_that_wants_more_saving_moves_nothing()
    {
        var report = Ask(JudgedStory.Completed(), Same with { MinSavingFraction = 0.9m });

        Assert.Equal(new RuleDifference("minSavingFraction", "0.15", "0.9"), Assert.Single(report.Rules));
        Assert.All((string[])["i-1", "i-2"], id => Assert.Contains(report.Differences, d => d.Step is WhatIfStep.Assessment && d.Subject == id && d.Now == "stays: saving too small"));
        Assert.Equal((0m, 0m), (report.Money.PromisedNowMonthlyUsd, report.Money.RealisedNowMonthlyUsd));
        Assert.True(report.Money.PromisedThenMonthlyUsd > 150);
    }

    [Fact]
    public void a_lower_price_cap_refuses_what_was_bought_and_flips_the_vote()
    {
        var dearer = Ask(JudgedStory.Completed(), Same with { MaxPriceDriftFraction = 0.01m });

        // 0.061 at the vote, 0.06 observed: one per cent more is 0.0606
        var vote = Assert.Single(dearer.Differences, d => d.Step is WhatIfStep.Vote);
        Assert.Equal((AgentNames.Cost, "approves", "rejects the plan"), (vote.Subject, vote.Then, vote.Now));
        Assert.Equal("none", Assert.Single(dearer.Differences, d => d is { Step: WhatIfStep.Approval, Subject: "plan" }).Now);
    }

    [Fact]
    public void less_headroom_flips_the_performance_vote()
    {
        var report = Ask(JudgedStory.Completed(), Same with { MaxTargetUtilisation = 0.3 });
        Assert.Contains(report.Differences, d => d is { Step: WhatIfStep.Vote, Subject: AgentNames.Performance, Now: "rejects the plan" });
    }

    [Fact]
    public void other_phases_move_other_instances_and_their_windows_are_unknown()
    {
        var report = Ask(JudgedStory.Completed(), Same with { PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(30)] });

        var phase = Assert.Single(report.Differences, d => d is { Step: WhatIfStep.Phase, Subject: "phase 1" });
        Assert.Equal(("i-1", "i-1, i-2"), (phase.Then, phase.Now));
        Assert.Contains(report.Differences, d => d is { Step: WhatIfStep.Phase, Subject: "phase 3", Now: "none" });
        Assert.Contains(report.Unknown, u => u.Subject == "phase 1, check 1" && u.Reason.Contains("what 00:30:00 would have shown is not in the log", StringComparison.Ordinal));
        Assert.Contains(report.Unknown, u => u.Subject == "phase 3, check 2" && u.Reason.Contains("would not have been opened", StringComparison.Ordinal));
    }

    [Fact]
    public void a_gate_that_rolled_back_may_pass_and_what_follows_is_unknown()
    {
        var story = JudgedStory.Moved(slowdown: 2.5).RolledBack();

        var report = Ask(story, Same with { MaxDegradation = 1.0 });

        var gate = Assert.Single(report.Differences, d => d.Step is WhatIfStep.Gate);
        Assert.Equal(("phase 3, check 2", "rolls back", "passes"), (gate.Subject, gate.Then, gate.Now));
        Assert.Contains(report.Unknown, u => u.Reason.Contains("never opened", StringComparison.Ordinal));
        Assert.Null(report.Money.RealisedNowMonthlyUsd);
        Assert.Contains("another way", report.Money.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void a_gate_with_more_demand_for_requests_has_not_enough_data()
    {
        var report = Ask(JudgedStory.Completed(), Same with { MinRequests = 10_000_000 });
        Assert.Contains(report.Differences, d => d is { Step: WhatIfStep.Vote, Subject: AgentNames.Application, Now: "rejects the plan" });
        Assert.Equal(0m, report.Money.RealisedNowMonthlyUsd);
    }

    [Fact]
    public void what_the_votes_did_not_say_they_looked_at_is_named()
    {
        // an older log: its votes carry no observations, its fleet no prices
        var report = Ask(new MigrationStory().Completed(), Same);
        Assert.All((string[])[AgentNames.Cost, AgentNames.Resource], agent => Assert.DoesNotContain(report.Differences, d => d.Subject == agent && d.Step is WhatIfStep.Vote && d.Now == "approves"));
        Assert.Contains(report.Differences, d => d.Step is WhatIfStep.Assessment);
    }

    [Fact]
    public void a_pool_that_was_never_tried_is_called_unknown()
    {
        var story = JudgedStory.Voted();
        var report = Ask(story, Same with { AutoApprove = true });
        Assert.Contains(report.Unknown, u => u is { Step: WhatIfStep.Phase, Subject: "rollout" });

        story.Do(new ApproveMigration(story.Id, story.State!.PlanHash!, "ben")).Do(new StartPhase(story.Id, 1));
        var tried = Ask(story, Same);
        Assert.Contains(tried.Unknown, u => u.Step is WhatIfStep.Purchase && u.Reason.Contains("never tried, so its capacity is unknown", StringComparison.Ordinal));
        Assert.Contains(tried.Unknown, u => u is { Step: WhatIfStep.Gate, Subject: "i-2" } && u.Reason.Contains("never moved", StringComparison.Ordinal));
        Assert.Null(tried.Money.RealisedNowMonthlyUsd);
    }

    [Fact]
    public void an_approval_that_came_later_than_the_other_policy_waits_has_expired()
    {
        var report = Ask(JudgedStory.Completed(), Same with { ApprovalValidFor = TimeSpan.FromSeconds(5) });
        Assert.Contains(report.Differences, d => d is { Step: WhatIfStep.Approval, Now: "by nobody: expired" });
        Assert.Null(report.Money.RealisedNowMonthlyUsd);
    }

    [Fact]
    public void a_policy_that_is_not_sound_is_refused() =>
        Assert.Contains("voters", Assert.Throws<ArgumentException>(() => Ask(JudgedStory.Voted(), Same with { Voters = [] })).Message, StringComparison.Ordinal);

    [Fact]
    public async Task the_command_tells_a_person_and_a_program()
    {
        await using var platform = await Platform.CreateAsync();
        var story = await platform.TellAsync(JudgedStory.Completed());
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """{ "minSavingFraction": 0.9 }""");
            var said = (await platform.RunAsync("what-if", story.Id.ToString(), "--policy", file)).Succeeds().Output;
            Assert.Contains("minSavingFraction 0.15 → 0.9", said, StringComparison.Ordinal);
            Assert.Contains("0.00 USD a month under the other policy", said, StringComparison.Ordinal);
            var json = JsonDocument.Parse((await platform.RunAsync("what-if", story.Id.ToString(), "--policy", file, "--json")).Succeeds().Output).RootElement;
            Assert.Equal("assessment", json.GetProperty("differences")[0].GetProperty("step").GetString());
            await File.WriteAllTextAsync(file, """{ "minSavingFraction": 2 }""");
            (await platform.RunAsync("what-if", story.Id.ToString(), "--policy", file)).FailsInOneLine(2, "minSavingFraction");
            Assert.Contains("each the same again", (await platform.RunAsync("replay", "--all")).Succeeds().Output, StringComparison.Ordinal);
            (await platform.RunAsync("replay")).FailsInOneLine(2, "--all");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
