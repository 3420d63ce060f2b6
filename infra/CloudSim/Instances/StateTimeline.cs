namespace OptiInfra.CloudSim.Instances;

/// <summary>EC2's reason for a state: a code such as Client.UserInitiatedShutdown and a sentence.</summary>
public sealed record StateReason(string Code, string Message);

/// <summary>When an instance enters which state. Transitions may lie ahead, so no timer ever has to fire.</summary>
public sealed class StateTimeline
{
    private readonly List<Transition> _transitions = [];

    public sealed record Transition(DateTimeOffset At, InstanceState State, StateReason? Reason);

    /// <summary>Adds a transition and forgets whatever was planned at or after that instant.</summary>
    public void Enter(DateTimeOffset at, InstanceState state, StateReason? reason = null)
    {
        ForgetFrom(at);
        _transitions.Add(new Transition(at, state, reason));
    }

    /// <summary>Drops what was planned at or after the instant; the very first transition stays.</summary>
    public void ForgetFrom(DateTimeOffset at)
    {
        for (var last = _transitions.Count - 1; last > 0 && _transitions[last].At >= at; last--)
        {
            _transitions.RemoveAt(last);
        }
    }

    public Transition At(DateTimeOffset instant)
    {
        for (var index = _transitions.Count - 1; index > 0; index--)
        {
            if (_transitions[index].At <= instant)
            {
                return _transitions[index];
            }
        }

        return _transitions[0];
    }

    /// <summary>The earliest instant from which the instance is terminated, planned or past.</summary>
    public DateTimeOffset? TerminatedAt()
    {
        foreach (var transition in _transitions)
        {
            if (transition.State == InstanceState.Terminated)
            {
                return transition.At;
            }
        }

        return null;
    }
}
