using System.CommandLine;

namespace Amodal.Cli;

/// <summary>
/// <c>--json</c> of commands whose document may go to a file: <c>--json=FILE</c>. Without a file it prints. A file may stand after a
/// space where it cannot be meant for anything else: <see cref="ArgumentReader"/>.
/// </summary>
internal sealed class JsonFileOption : Option<string?>
{
    /// <summary>What stands for standard output.</summary>
    public const string Print = "-";

    public JsonFileOption(string what) : base("--json")
    {
        Description = $"Print {what} as one JSON document instead of the tables; --json=FILE writes it to a file beside the tables.";
        HelpName = "FILE";
        Arity = ArgumentArity.ZeroOrOne;
    }
}
