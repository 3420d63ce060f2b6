using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.Tests.Access;

public sealed class CustomerChoiceTests
{
    static Caller Of(params string[] customers) => new()
    {
        Id = "key:kim", Name = "kim", TokenId = Guid.NewGuid(), Kind = TokenKind.ApiKey, Roles = [Role.Admin], Customers = customers, ExpiresAt = DateTimeOffset.MaxValue,
    };

    static string Chosen(CustomerChoice choice) => Assert.IsType<CustomerChoice.Chosen>(choice).Customer;

    static AccessVerdict.Denied Refused(CustomerChoice choice) => Assert.IsType<CustomerChoice.Refused>(choice).Denied;

    [Fact]
    public void who_belongs_to_one_customer_need_not_name_it()
    {
        Assert.Equal("acme", Chosen(CustomerChoice.Of(Of("acme"), null)));
        Assert.Equal("acme", Chosen(CustomerChoice.Of(Of("acme"), "acme")));
    }

    [Fact]
    public void who_belongs_to_several_must_name_one_of_them()
    {
        Assert.Equal("customer_needed", Refused(CustomerChoice.Of(Of("acme", "globex"), null)).Code);
        Assert.Equal("globex", Chosen(CustomerChoice.Of(Of("acme", "globex"), "globex")));
    }

    [Fact]
    public void another_customer_is_refused_in_the_same_words_whether_or_not_it_exists()
    {
        var theirs = Refused(CustomerChoice.Of(Of("acme"), "globex"));
        Assert.Equal(theirs, Refused(CustomerChoice.Of(Of("acme"), "there is no such customer")));
        Assert.Equal(theirs, Refused(CustomerChoice.Of(Of("acme"), "ACME")));
        Assert.DoesNotContain("globex", theirs.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void who_belongs_to_all_may_name_any_but_never_where_tokens_are_kept()
    {
        Assert.Equal("default", Chosen(CustomerChoice.Of(Of("*"), null)));
        Assert.Equal("globex", Chosen(CustomerChoice.Of(Of("*"), "globex")));
        Assert.Equal("not_your_customer", Refused(CustomerChoice.Of(Of("*"), CustomerNames.Access)).Code);
        Assert.Equal("not_your_customer", Refused(CustomerChoice.Of(Of("*"), "*")).Code);
    }
}
