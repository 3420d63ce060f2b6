using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Agents.Collectors;

namespace OptiInfra.Agents.Tests.Collectors;

public sealed class PrometheusTextTests
{
    static MetricSample One(string line) => Assert.Single(PrometheusText.Parse(line));

    [Fact]
    public void a_page_is_read_in_its_order_without_comments()
    {
        var samples = PrometheusText.Parse("""
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            http_requests_total{method="post",code="400"}    3 1395066363000

            # a comment
            metric_without_timestamp_and_labels 12.47
            something_weird{problem="division by zero"} +Inf -3982045
            """);

        Assert.Equal([1027, 3, 12.47, double.PositiveInfinity], samples.Select(s => s.Value));
        Assert.Equal("400", samples[1].Label("code"));
        Assert.Empty(samples[2].Labels);
    }

    [Fact]
    public void escapes_in_labels_are_undone() =>
        Assert.Equal("C:\\DIR\\F\"I\"LE\nx", One("""msdos{path="C:\\DIR\\F\"I\"LE\nx"} 1""").Label("path"));

    [Theory]
    [InlineData("x NaN", double.NaN)]
    [InlineData("x +Inf", double.PositiveInfinity)]
    [InlineData("x -Inf", double.NegativeInfinity)]
    [InlineData("x 1.458255915e9", 1.458255915e9)]
    [InlineData("x -0.5", -0.5)]
    [InlineData("x\t7\t1395066363000", 7)]
    [InlineData("x{} 7", 7)]
    [InlineData("x{a=\"1\",} 7", 7)]
    [InlineData("x{ a = \"1\" , b=\"2\" } 7", 7)]
    [InlineData("x{a=\"}{,=\"} 7", 7)]
    public void values_are_read_as_the_format_writes_them(string line, double expected) => Assert.Equal(expected, One(line).Value);

    [Fact]
    public void names_with_colons_and_the_sentinels_of_dcgm_are_read_as_they_are()
    {
        Assert.Equal("vllm:num_requests_running", One("""vllm:num_requests_running{model_name="meta/llama",engine="0"} 3.0""").Name);
        var dcgm = One("""DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-1",device="nvidia0",modelName="NVIDIA H200",Hostname="n1",DCGM_FI_DRIVER_VERSION="550.54"} 9223372036854775794""");
        Assert.Equal(9223372036854775794d, dcgm.Value);
        Assert.Equal("NVIDIA H200", dcgm.Label("modelName"));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("a b c d")]
    [InlineData("x")]
    [InlineData("x ")]
    [InlineData("9x 1")]
    [InlineData("x{a=\"1\" 1")]
    [InlineData("x{a=\"1} 1")]
    [InlineData("x{a=1} 1")]
    [InlineData("x{a} 1")]
    [InlineData("x{=\"1\"} 1")]
    [InlineData("x{a=\"1\"}")]
    [InlineData("{} 1")]
    public void what_is_no_sample_is_refused_with_its_line(string line) =>
        Assert.Contains("Line 2", Assert.Throws<FormatException>(() => PrometheusText.Parse("ok 1\n" + line)).Message, StringComparison.Ordinal);

    [Fact]
    public void any_text_is_read_or_refused_but_never_crashes() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Arb.From(Gen.ArrayOf(Gen.Elements("x{}\"\\=, \n\t#1.+Inf".ToCharArray()))), characters =>
        {
            try
            {
                PrometheusText.Parse(new string(characters));
            }
            catch (FormatException)
            {
                // an answer too
            }
        }));

    [Fact]
    public void a_written_label_is_read_back() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            var value = text.Get.ReplaceLineEndings("\n");
            var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            return PrometheusText.Parse($"x{{label=\"{escaped}\"}} 1")[0].Label("label") == value;
        }));
}
