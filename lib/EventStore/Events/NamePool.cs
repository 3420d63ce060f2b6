using System.Text;

namespace OptiInfra.EventStore;

/// <summary>One string for each of the few names that rows repeat. What does not fit is a string of its own each time; safe from many threads.</summary>
sealed class NamePool
{
    const int Places = 256;
    readonly string?[] names = new string?[Places];

    public string Of(ReadOnlySpan<byte> utf8)
    {
        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var place = ref names[(uint)hash.ToHashCode() % Places];
        if (place is { } known && Ascii.Equals(utf8, known))
            return known;
        return place = Encoding.UTF8.GetString(utf8);
    }
}
