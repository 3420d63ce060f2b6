namespace OptiInfra.Contracts;

/// <summary>A command to one stream.</summary>
public interface ICommand
{
    Guid StreamId { get; }
}
