using System.Text;
using OptiInfra.Cli.Errors;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Jobs;

/// <summary>A training script as a folder: <c>*.py</c>, and the user data that starts them in <c>user-data.sh.template</c>.</summary>
static class TrainingFolder
{
    /// <summary>Beside where the program is run, in a checkout.</summary>
    public const string Default = "infra/training";

    const string Template = "user-data.sh.template";

    /// <param name="options">For the trainer, shell-quoted.</param>
    /// <exception cref="CliException">The folder lacks something, or cannot be read.</exception>
    public static TrainingProgram Read(string folder, string options)
    {
        if (!Directory.Exists(folder))
            throw CliException.BadInput($"--script: there is no folder {folder}. It holds the training script (*.py) and {Template}; in a checkout {Default} is one.");
        var template = Path.Combine(folder, Template);
        if (!File.Exists(template))
            throw CliException.BadInput($"--script: {folder} holds no {Template}, the shell script that starts the trainer on its instance; copy the one of {Default}.");
        var scripts = Directory.GetFiles(folder, "*.py").Order(StringComparer.Ordinal).ToList();
        if (scripts.Count == 0)
            throw CliException.BadInput($"--script: {folder} holds no training script (*.py).");
        try
        {
            return new TrainingProgram([.. scripts.Select(script => new ProgramFile(Path.GetFileName(script), Text(script)))], WithoutHead(Text(template)), options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw CliException.BadInput($"--script: {folder} cannot be read: {e.Message}", e);
        }
    }

    static string Text(string path) => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));

    /// <summary>The comment at the head explains the marks by their names, which would be filled in there too.</summary>
    static string WithoutHead(string script)
    {
        var lines = script.Split('\n');
        var shebang = lines[0].StartsWith("#!", StringComparison.Ordinal) ? 1 : 0;
        return string.Join('\n', lines.Take(shebang).Concat(lines.Skip(shebang).SkipWhile(line => line.StartsWith('#') || string.IsNullOrWhiteSpace(line))));
    }
}
