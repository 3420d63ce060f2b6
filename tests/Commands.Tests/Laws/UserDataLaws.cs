using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Commands.Tests.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Commands.Tests.Laws;

public sealed class UserDataLaws
{
    sealed record Launch(TrainingJobSpec Spec, int Epoch, string Token);

    static readonly string Scripts = string.Concat(Directory.GetFiles(Path.Combine(ProjectRoot.Path, "infra", "training"), "*.py").Order(StringComparer.Ordinal).Select(File.ReadAllText));

    static Gen<string> Of(string characters, int most) =>
        from length in Gen.Choose(0, most)
        from seed in Gen.Choose(0, int.MaxValue)
        select string.Concat(new System.Random(seed).GetItems(characters.AsSpan(), length));

    static readonly Gen<string> Contents = Gen.OneOf(
        from at in Gen.Choose(0, Scripts.Length - 1) from length in Gen.Choose(0, 60_000) select Scripts.Substring(at, Math.Min(length, Scripts.Length - at)),
        Of("0123456789abcdef", 40_000),
        Of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 25_000),
        Of(string.Concat(Enumerable.Range(' ', 95).Select(c => (char)c)), 25_000),
        Of("0123456789,.-\n", 40_000));

    static readonly Arbitrary<Launch> Launches =
        (from files in Gen.ListOf(Contents, 3)
         from epoch in Gen.OneOf(Gen.Choose(1, 9), Gen.Choose(1, int.MaxValue))
         from token in ArbMap.Default.GeneratorFor<Guid>()
         let program = AJob.Spec.Program with { Files = [.. files.Select((content, i) => new ProgramFile($"f{i}.py", content))] }
         select new Launch(AJob.Spec with { Program = program }, epoch, Convert.ToHexStringLower(SHA256.HashData(token.ToByteArray()))[..TrainerToken.Length])).ToArbitrary();

    [Fact]
    public void no_launch_sends_more_user_data_than_its_job_was_measured_by() =>
        Prop.ForAll(Launches, l =>
        {
            var script = TrainerUserData.Fill(l.Spec, "jobs/regression", l.Epoch, l.Token);
            var sent = TrainerUserData.Pack(script).Length;
            var measured = TrainerUserData.LargestPacked(l.Spec, "jobs/regression");
            return (sent <= measured && measured - sent < 256).Label($"{sent} sent, {measured} measured, {Encoding.UTF8.GetByteCount(script)} unpacked");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
}
