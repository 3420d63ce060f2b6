using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;

namespace OptiInfra.Commands.Tests.Laws;

public sealed class ClientTokenLaws
{
    sealed record Launch(Guid Migration, string Instance, int Attempt, CapacityPool Pool)
    {
        public string Token => ClientToken.For(Migration, Instance, Attempt, Pool);
    }

    static readonly Arbitrary<Launch> Launches =
        (from migration in ArbMap.Default.GeneratorFor<Guid>()
         from instance in Gen.OneOf(Gen.Choose(0, 1 << 20).Select(A.Instance), ArbMap.Default.GeneratorFor<NonEmptyString>().Select(s => s.Get))
         from attempt in Gen.Choose(0, 50)
         from type in Gen.Elements("m5.xlarge", "c5.2xlarge", "u-24tb1.112xlarge")
         from zone in Gen.Elements("us-east-1a", "us-east-1b", "us-gov-west-1c")
         from capacity in Gen.Elements(CapacityType.OnDemand, CapacityType.Spot)
         select new Launch(migration, instance, attempt, new CapacityPool(capacity, type, zone))).ToArbitrary();

    static void Check(Property property) => property.Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    // EC2: "up to 64 ASCII characters"
    [Fact]
    public void a_token_has_at_most_64_ascii_characters() => Check(Prop.ForAll(Launches, l => l.Token is { Length: > 0 and <= 64 } t && t.All(char.IsAscii)));

    [Fact]
    public void the_same_launch_has_the_same_token() => Check(Prop.ForAll(Launches, l => l.Token == (l with { Pool = l.Pool with { } }).Token));

    [Fact]
    public void any_other_launch_has_another_token() =>
        Check(Prop.ForAll(Launches, l =>
        {
            Launch[] others =
            [
                l with { Migration = new Guid([.. l.Migration.ToByteArray().Reverse(), ]) is var g && g != l.Migration ? g : Guid.Empty },
                l with { Instance = l.Instance + "0" },
                l with { Attempt = l.Attempt + 1 },
                l with { Pool = l.Pool with { AvailabilityZone = l.Pool.AvailabilityZone + "2" } },
                l with { Pool = l.Pool with { InstanceType = "r5.large" } },
                l with { Pool = l.Pool with { CapacityType = l.Pool.CapacityType is CapacityType.Spot ? CapacityType.OnDemand : CapacityType.Spot } },
            ];
            Assert.Equal(others.Length + 1, others.Append(l).Select(x => x.Token).Distinct().Count());
        }));
}
