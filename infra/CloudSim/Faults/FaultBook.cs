using System.Globalization;
using System.Runtime.InteropServices;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Faults;

/// <summary>A fault with the time for which it holds.</summary>
public sealed class PlacedFault(string id, Fault fault, DateTimeOffset from, DateTimeOffset? until)
{
    public string Id { get; } = id;

    public Fault Fault { get; } = fault;

    public DateTimeOffset From { get; } = from;

    public DateTimeOffset? Until { get; set; } = until;

    public int? CallsLeft { get; set; } = fault.Calls;

    /// <summary>For what happens once, such as an interruption.</summary>
    public bool Done { get; set; }

    public bool HoldsAt(DateTimeOffset instant) => instant >= From && (Until is null || instant < Until) && (CallsLeft is null || CallsLeft > 0);
}

/// <summary>All faults of a run, past ones included: what has been served under them must stay explicable.</summary>
public sealed class FaultBook
{
    private readonly List<PlacedFault> _faults = [];
    private readonly List<PlacedFault> _degradations = [];
    private readonly PriorityQueue<PlacedFault, DateTimeOffset> _happenings = new();

    public IReadOnlyList<PlacedFault> All => _faults;

    /// <summary>Grows with every change to the book.</summary>
    public int Version { get; private set; }

    /// <summary>The degrade faults among them.</summary>
    public IReadOnlyList<PlacedFault> Degradations => _degradations;

    /// <param name="reference">The instant from which the fault's delay counts.</param>
    public PlacedFault Place(Fault fault, DateTimeOffset reference)
    {
        var from = reference + TimeSpan.FromSeconds(fault.AfterSeconds);
        DateTimeOffset? until = fault.ForSeconds is { } seconds ? from + TimeSpan.FromSeconds(seconds) : null;
        var placed = new PlacedFault("fault-" + (_faults.Count + 1).ToString(CultureInfo.InvariantCulture), fault, from, until);
        _faults.Add(placed);
        Version++;
        switch (fault)
        {
            case DegradeFault:
                _degradations.Add(placed);
                break;
            case Happening:
                _happenings.Enqueue(placed, from);
                break;
            default:
                break;
        }

        return placed;
    }

    /// <summary>The next happening due by the instant that has not been taken back, once; null when there is none.</summary>
    public PlacedFault? NextHappening(DateTimeOffset now)
    {
        while (_happenings.TryPeek(out var placed, out var due) && due <= now)
        {
            _happenings.Dequeue();
            if (!placed.Done)
            {
                placed.Done = true;
                return placed;
            }
        }

        return null;
    }

    /// <summary>Ends a fault now; what it has already caused stays.</summary>
    public bool TakeBack(string id, DateTimeOffset now)
    {
        var placed = _faults.Find(fault => string.Equals(fault.Id, id, StringComparison.Ordinal));
        if (placed is null)
        {
            return false;
        }

        Version++;
        End(placed, now);
        return true;
    }

    public void TakeBackAll(DateTimeOffset now)
    {
        Version++;
        _faults.ForEach(fault => End(fault, now));
    }

    /// <summary>The faults of a kind that hold at the instant, oldest first.</summary>
    public IEnumerable<(PlacedFault Placed, T Fault)> Holding<T>(DateTimeOffset instant)
        where T : Fault
    {
        foreach (var placed in _faults)
        {
            if (placed.Fault is T fault && placed.HoldsAt(instant))
            {
                yield return (placed, fault);
            }
        }
    }

    /// <summary>The first fault of the kind that holds and applies; counts the call against it.</summary>
    public T? Hit<T>(DateTimeOffset instant, Func<T, DateTimeOffset, bool> applies)
        where T : Fault
    {
        foreach (var (placed, fault) in Holding<T>(instant))
        {
            if (applies(fault, placed.From))
            {
                placed.CallsLeft--;
                return fault;
            }
        }

        return null;
    }

    private static void End(PlacedFault placed, DateTimeOffset now)
    {
        if (placed.Until is null || placed.Until > now)
        {
            // one that has not begun must never begin
            placed.Until = placed.From > now ? placed.From : now;
            placed.Done |= placed.From > now;
        }
    }
}

/// <summary>What a degradation does to one instance.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Harm(double LatencyFactor, double AddedErrorRate);

/// <summary>How the degrade faults in the book act on instances.</summary>
public sealed class Degradations(FaultBook book)
{
    public Harm On(Instance instance, DateTimeOffset instant)
    {
        var factor = 1.0;
        var errors = 0.0;
        foreach (var placed in book.Degradations)
        {
            if (placed.Fault is DegradeFault fault
                && instant >= placed.From
                && (placed.Until is null || instant < placed.Until)
                && fault.Instances.Matches(instance, placed.From, instant))
            {
                factor *= fault.LatencyFactor;
                errors += fault.ErrorRate;
            }
        }

        return new Harm(factor, errors);
    }
}
