using System.Text.RegularExpressions;

namespace OptiInfra.Architecture.Tests;

/// <summary>A name says what a thing is about; "helper" says nothing.</summary>
public sealed partial class NameTests
{
    static readonly HashSet<string> EmptyWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Common", "Manager", "Managers", "Base",
    };

    [Fact]
    public void no_file_or_folder_has_an_empty_name() =>
        Assert.Empty(SourceTree.Files("src", "lib", "tests", "infra", "benchmarks").SelectMany(EmptyWordsIn));

    [Theory]
    [InlineData("src/Cli/StringHelpers.cs", "Helpers")]
    [InlineData("lib/Aws/Ec2Utils.cs", "Utils")]
    [InlineData("src/Common/Money.cs", "Common")]
    [InlineData("src/Sagas/SagaManager.cs", "Manager")]
    [InlineData("src/Agents/agent_base.cs", "base")]
    public void an_empty_name_is_caught(string path, string word) =>
        Assert.Equal([$"{path}: '{word}' says nothing about what it holds"], EmptyWordsIn(path));

    [Theory]
    [InlineData("src/Agents/UtilisationHistory.cs")]
    [InlineData("src/Agents/Application/Baseline.cs")]
    [InlineData("lib/EventStore/Database.cs")]
    public void a_word_that_only_begins_or_ends_like_one_is_fine(string path) => Assert.Empty(EmptyWordsIn(path));

    static IEnumerable<string> EmptyWordsIn(string path) =>
        from Match word in Words().Matches(path)
        where EmptyWords.Contains(word.Value)
        select $"{path}: '{word.Value}' says nothing about what it holds";

    [GeneratedRegex("[A-Z]?[a-z]+|[A-Z]+(?![a-z])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();
}
