using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Tests.Execution;

public sealed class DocumentCacheTests
{
    int _made;

    DocumentCache<string> Cache(int capacity, int characters) => new(capacity, characters, text => !text.StartsWith("bad", StringComparison.Ordinal));

    bool IsKept(DocumentCache<string> cache, string text)
    {
        var before = _made;
        cache.GetOrAdd(text, made => { _made++; return made; });
        return _made == before;
    }

    [Fact]
    public void what_is_asked_for_again_is_made_once()
    {
        var cache = Cache(10, 1_000);
        Assert.False(IsKept(cache, "a"));
        Assert.True(IsKept(cache, "a"));
    }

    [Fact]
    public void what_is_asked_for_all_the_while_stays_while_others_come_and_go()
    {
        var cache = Cache(10, 1_000);
        IsKept(cache, "a");
        for (var i = 0; i < 100; i++)
        {
            Assert.False(IsKept(cache, $"other {i}"));
            Assert.True(IsKept(cache, "a"));
        }
        Assert.InRange(cache.Count, 1, 10);
    }

    [Fact]
    public void texts_of_strangers_take_so_many_characters_and_no_more()
    {
        var cache = Cache(1_000, 1_000);
        for (var i = 0; i < 100; i++) Assert.False(IsKept(cache, $"{i}".PadRight(100)));
        Assert.InRange(cache.Count, 1, 10);
        Assert.False(IsKept(cache, new string('x', 126)));
        Assert.False(IsKept(cache, new string('x', 126)));
    }

    [Fact]
    public void what_is_not_worth_it_is_not_kept()
    {
        var cache = Cache(10, 1_000);
        Assert.False(IsKept(cache, "bad"));
        Assert.False(IsKept(cache, "bad"));
    }
}
