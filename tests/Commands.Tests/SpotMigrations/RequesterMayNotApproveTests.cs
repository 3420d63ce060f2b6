using OptiInfra.Contracts.Access;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

/// <summary>Pat requests in each of these.</summary>
public sealed class RequesterMayNotApproveTests
{
    static readonly SignedInPerson Pat = new("idp|pat", [Role.Operator, Role.Approver]);
    static readonly SignedInPerson Chris = new("idp|chris", [Role.Approver]);

    static Past Awaiting(string? requesterId, bool requesterMayApprove = false)
    {
        var past = Past.Requested(policy: new MigrationPolicy { RequesterMayApprove = requesterMayApprove }, requesterId: requesterId).AnalysisStarted().Analyzed().VotesRequested().BaselineTaken();
        return past.Approves(past.Policy.Voters).ApprovalRequested();
    }

    static ApproveMigration By(Past past, string name, SignedInPerson? approver, bool byPolicy = false) => new(A.Id, past.PlanHash, name, byPolicy, approver);

    [Fact]
    public void GivenARequestOfSomebodySignedIn_WhenTheSamePersonApproves_ThenRefused()
    {
        var past = Awaiting(Pat.Id);
        Given(past).When(By(past, "pat", Pat)).ThenRefused("requester_may_not_approve", "pat", "requesterMayApprove", "somebody else");
        // nor under another name or from an admin's chair
        Given(past).When(By(past, "patricia", Pat)).ThenRefused("requester_may_not_approve", "patricia");
        Given(past).When(By(past, "pat", Pat with { Roles = [Role.Admin] })).ThenRefused("requester_may_not_approve", "pat");
    }

    [Fact]
    public void GivenARequestOfSomebodySignedIn_WhenAnotherPersonApproves_ThenApprovedWithTheIdentity()
    {
        var past = Awaiting(Pat.Id);
        Given(past).When(By(past, "chris", Chris)).Then(new CustomerApproved(A.Id, past.PlanHash, "chris", false, past.Now, Chris.Id));
        // of one name, and two persons
        Given(past).When(By(past, "pat", Chris)).Then(new CustomerApproved(A.Id, past.PlanHash, "pat", false, past.Now, Chris.Id));
    }

    [Fact]
    public void GivenAPolicyThatAllowsIt_WhenTheRequesterApproves_ThenApproved()
    {
        var past = Awaiting(Pat.Id, requesterMayApprove: true);
        Given(past).When(By(past, "pat", Pat)).Then(new CustomerApproved(A.Id, past.PlanHash, "pat", false, past.Now, Pat.Id));
    }

    [Fact]
    public void GivenThatOneOfTheTwoWasAtTheCommandLine_WhenItsNameIsTheRequesters_ThenRefused()
    {
        var signedInFirst = Awaiting(Pat.Id);
        Given(signedInFirst).When(By(signedInFirst, "PAT", null)).ThenRefused("requester_may_not_approve", "PAT");
        Given(signedInFirst).When(By(signedInFirst, "chris", null)).Then(new CustomerApproved(A.Id, signedInFirst.PlanHash, "chris", false, signedInFirst.Now));
        var commandLineFirst = Awaiting(null);
        Given(commandLineFirst).When(By(commandLineFirst, "pat", Pat)).ThenRefused("requester_may_not_approve", "pat");
    }

    [Fact]
    public void GivenARequestAtTheCommandLine_WhenApprovedThere_ThenApproved()
    {
        var past = Awaiting(null);
        Given(past).When(By(past, "pat", null)).Then(new CustomerApproved(A.Id, past.PlanHash, "pat", false, past.Now));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void GivenNothing_WhenSomebodyWhoIsNoAdminWaivesTheApproval_ThenRefused(bool autoApprove, bool requesterMayApprove)
    {
        var policy = new MigrationPolicy { AutoApprove = autoApprove, RequesterMayApprove = requesterMayApprove };
        RequestMigration Request(SignedInPerson? requester) => new(A.Id, "acme", "pat", new FleetSelector(), policy, requester);
        GivenNothing().When(Request(Pat)).ThenRefused("approval_not_waivable", "admin");
        GivenNothing().When(Request(Pat with { Roles = [Role.Admin] })).Then(new MigrationRequested(A.Id, "acme", "pat", new FleetSelector(), policy, Noon, Pat.Id));
        GivenNothing().When(Request(null)).Then(new MigrationRequested(A.Id, "acme", "pat", new FleetSelector(), policy, Noon));
    }
}
