using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Output;

namespace OptiInfra.Cli.Audit;

/// <summary><c>optiinfra audit key create</c>: a key pair for checkpoints.</summary>
static class AuditKeyCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var path = new Option<string>("--out") { Description = "file for the private key, readable by its owner alone; the public key goes to FILE.pub", Required = true };
        var create = new Command("create", "Makes a key pair that signs checkpoints (ECDSA, P-256).") { path };
        create.SetHandler(platform, (parsed, _, _) =>
        {
            var file = parsed.GetValue(path)!;
            var (key, publicFile) = AuditKeys.Create(file);
            using (key)
            {
                var console = Terminal.Create();
                console.Say($"Key {key.Id}: private half in {file} (whoever signs: {AuditKeys.KeyVariable}={file}), public half in {publicFile}.");
                console.Say($"Keep the public half where the database's owner cannot replace it, and verify with it: optiinfra audit verify --public-key {publicFile}");
            }

            return Task.FromResult(ExitCode.Done);
        });
        return new Command("key", "The keys that sign checkpoints.") { create };
    }
}
