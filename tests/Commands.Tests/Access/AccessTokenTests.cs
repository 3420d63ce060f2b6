using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;

namespace OptiInfra.Commands.Tests.Access;

public sealed class AccessTokenTests
{
    static readonly DateTimeOffset Noon = Spec.Noon;
    static readonly Guid Id = Guid.Parse("0199a000-0000-7000-8000-000000000001");

    static TokenRequest Request => new(TokenKind.ApiKey, "key:ci", "ci", [Role.Operator], ["acme"], TimeSpan.FromDays(1), "ana");

    static string Refusal(Decision decision) => Assert.IsType<Decision.Refused>(decision).Code;

    static AccessToken Token(TokenKind kind) => AccessToken.Create((TokenIssued)Assert.IsType<Decision.Accepted>(AccessTokenDecider.Issue(Request with { Kind = kind }, Id, "00", Noon)).Events[0]);

    [Fact]
    public void GivenAFullRequest_WhenIssued_ThenTheTokenHasWhatWasAskedOnceAndInOrder()
    {
        var request = Request with { Roles = [Role.Admin, Role.Viewer, Role.Admin], Customers = ["globex", "acme", "globex"] };
        var issued = Assert.IsType<TokenIssued>(Assert.Single(Assert.IsType<Decision.Accepted>(AccessTokenDecider.Issue(request, Id, "00", Noon)).Events));
        Assert.Equal([Role.Viewer, Role.Admin], issued.Roles);
        Assert.Equal(["acme", "globex"], issued.Customers);
        Assert.Equal(Noon + TimeSpan.FromDays(1), issued.ExpiresAt);
    }

    [Fact]
    public void GivenARequestThatLacksSomething_WhenIssued_ThenItIsRefused()
    {
        Assert.Equal("invalid_name", Refusal(AccessTokenDecider.Issue(Request with { Name = "" }, Id, "00", Noon)));
        Assert.Equal("invalid_name", Refusal(AccessTokenDecider.Issue(Request with { Name = "two\nlines" }, Id, "00", Noon)));
        Assert.Equal("no_role", Refusal(AccessTokenDecider.Issue(Request with { Roles = [] }, Id, "00", Noon)));
        Assert.Equal("no_customer", Refusal(AccessTokenDecider.Issue(Request with { Customers = [] }, Id, "00", Noon)));
        Assert.Equal("invalid_customer", Refusal(AccessTokenDecider.Issue(Request with { Customers = ["acme", CustomerNames.Access] }, Id, "00", Noon)));
        Assert.Equal("invalid_lifetime", Refusal(AccessTokenDecider.Issue(Request with { Lifetime = TimeSpan.Zero }, Id, "00", Noon)));
        Assert.Equal("invalid_lifetime", Refusal(AccessTokenDecider.Issue(Request with { Lifetime = TimeSpan.FromDays(731) }, Id, "00", Noon)));
    }

    [Fact]
    public void GivenAOneTimeToken_WhenExchanged_ThenOnceAndInTime()
    {
        var token = Token(TokenKind.OneTime);
        var exchanged = Assert.IsType<TokenExchanged>(Assert.Single(Assert.IsType<Decision.Accepted>(AccessTokenDecider.Exchange(token, Guid.NewGuid(), Noon)).Events));
        Assert.Equal("exchanged_token", Refusal(AccessTokenDecider.Exchange(token.Apply(exchanged), Guid.NewGuid(), Noon)));
        Assert.Equal("expired_token", Refusal(AccessTokenDecider.Exchange(token, Guid.NewGuid(), token.ExpiresAt)));
        Assert.Equal("revoked_token", Refusal(AccessTokenDecider.Exchange(token.Apply(new TokenRevoked(Id, "ana", "", Noon)), Guid.NewGuid(), Noon)));
        Assert.Equal("not_one_time", Refusal(AccessTokenDecider.Exchange(Token(TokenKind.ApiKey), Guid.NewGuid(), Noon)));
        Assert.Equal("unknown_token", Refusal(AccessTokenDecider.Exchange(null, Guid.NewGuid(), Noon)));
    }

    [Fact]
    public void GivenARevokedToken_WhenRevokedAgain_ThenNothingHappens()
    {
        var revoked = Token(TokenKind.ApiKey).Apply(new TokenRevoked(Id, "ana", "left", Noon));
        Assert.Empty(Assert.IsType<Decision.Accepted>(AccessTokenDecider.Revoke(revoked, "bo", "again", Noon)).Events);
        Assert.Equal("unknown_token", Refusal(AccessTokenDecider.Revoke(null, "bo", "", Noon)));
    }

    [Fact]
    public void ASecretIsReadAsItWasMadeAndNoOtherMatches()
    {
        var (text, hash) = TokenSecret.Create(Id);
        Assert.Matches("^oi_[A-Za-z0-9_-]{64}$", text);
        Assert.True(TokenSecret.TryRead(text, out var id, out var read));
        Assert.Equal((Id, hash), (id, read));
        Assert.NotEqual(text, TokenSecret.Create(Id).Text);
        var token = Token(TokenKind.ApiKey) with { SecretHash = hash };
        Assert.True(TokenSecret.Matches(token, read));
        Assert.True(TokenSecret.TryRead(TokenSecret.Create(Id).Text, out _, out var other));
        Assert.False(TokenSecret.Matches(token, other));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("oi_")]
    [InlineData("xx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("oi_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("oi_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA A")]
    [InlineData("oi_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    public void WhatIsNoTokenIsNotRead(string? text) => Assert.False(TokenSecret.TryRead(text, out _, out _));
}
