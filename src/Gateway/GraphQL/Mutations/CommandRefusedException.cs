namespace OptiInfra.Gateway.GraphQL;

/// <summary>A command was refused: nothing has happened.</summary>
sealed class CommandRefusedException(string code, string reason) : Exception(reason)
{
    /// <summary>Stable, for programs, for example wrong_status.</summary>
    public string Code => code;
}
