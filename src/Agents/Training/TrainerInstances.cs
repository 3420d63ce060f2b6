using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;

namespace OptiInfra.Agents.Training;

/// <summary>What was launched for trainers.</summary>
public sealed class TrainerInstances(JobCommands commands, ICloud cloud)
{
    /// <summary>
    /// Terminates everything that was launched for a trainer, also by a launch that died before it could say so. Where the cloud
    /// refuses, a person is told once.
    /// </summary>
    /// <returns>Whether nothing of it is left; where not, it is to be asked for again.</returns>
    public async Task<bool> EndAsync(ConsumeContext context, Guid jobId, Trainer trainer)
    {
        var token = context.CancellationToken;
        List<FleetInstance> found = [.. await cloud.FindByClientTokenAsync(trainer.ClientToken, token).ConfigureAwait(false)];
        if (trainer.InstanceId is { } id && found.All(i => i.InstanceId != id))
            found.AddRange(await cloud.DescribeAsync([id], token).ConfigureAwait(false));
        foreach (var instance in found.Where(i => i.State is not ("terminated" or "shutting-down")))
        {
            try
            {
                await cloud.TerminateAsync(instance.InstanceId, token).ConfigureAwait(false);
            }
            catch (CloudRefusedException e)
            {
                await commands.SayOnceAsync(context, jobId, $"terminate/{instance.InstanceId}", e.Message).ConfigureAwait(false);
            }
        }

        return found.All(i => i.State is "terminated");
    }
}
