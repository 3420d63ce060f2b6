using System.Net;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>What a trainer answers over HTTP, as infra/training/README.md says.</summary>
public static class TrainerService
{
    public const string Health = "/health";

    /// <summary>Of every request that was done; another success is not a trainer's.</summary>
    public const HttpStatusCode Done = HttpStatusCode.OK;
}
