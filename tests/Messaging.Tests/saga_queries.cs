using System.Linq.Expressions;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MassTransit;
using OptiInfra.Messaging.PostgresIntegration.Saga;
using OptiInfra.Messaging.Tests.Shop;

namespace OptiInfra.Messaging.Tests;

public sealed class saga_queries
{
    static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    static string Json(Expression<Func<OrderState, bool>> filter) => SagaFilter.ToJson(filter, Web);

    [Fact]
    public void equalities_joined_by_and_become_what_a_state_must_contain()
    {
        var customer = new { Name = "Ada" };
        Assert.Equal("""{"customer":"Ada","version":3}""", Json(x => x.Customer == customer.Name && 3 == x.Version));
        Assert.Equal("""{"urgency":1}""", Json(x => x.Urgency == Urgency.Express));
        Assert.Equal($$"""{"paymentTimeout":"{{Guid.Empty}}"}""", Json(x => x.PaymentTimeout == Guid.Empty));
        Assert.Equal($$"""{"paymentTimeout":"{{Guid.Empty}}"}""", Json(x => x.PaymentTimeout!.Value == Guid.Empty));
        Assert.Equal("""{"customer":"a\u0022b"}""", Json(x => x.Customer == "a\"b"));
    }

    [Fact]
    public void names_and_values_are_the_serializers()
    {
        var upper = new JsonSerializerOptions
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper,
            Converters = { new JsonStringEnumConverter() },
        };
        Assert.Equal("""{"URGENCY":"Express","CURRENT_STATE":"Open"}""",
            SagaFilter.ToJson((OrderState x) => x.Urgency == Urgency.Express && x.CurrentState == "Open", upper));
    }

    public static TheoryData<Expression<Func<OrderState, bool>>> Others => new(
        x => x.Customer == "Ada" || x.Customer == "Bob",
        x => x.Version > 3,
        x => x.Customer != "Ada",
        x => x.Customer.EndsWith("da"),
        x => x.Packed.Contains(1),
        x => x.Customer == x.CurrentState,
        x => x.PaymentTimeout == null,
        x => x.Customer == "Ada" && x.Customer == "Bob");

    [Theory]
    [MemberData(nameof(Others))]
    public void anything_else_is_refused_with_the_query_in_the_message(Expression<Func<OrderState, bool>> filter)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => SagaFilter.ToJson(filter, Web));
        Assert.Contains(filter.ToString(), refusal.Message, StringComparison.Ordinal);
    }
}
