using System.CommandLine;

namespace Amodal.Cli;

/// <summary>How often each modality is missing, as several commands take it.</summary>
internal static class MissingRateOption
{
    public const string Name = "--missing-rate";

    /// <param name="where">What it stands for in the command.</param>
    public static Option<string> Create(string where) => new(Name)
    {
        Description = $"How often each modality is missing, such as audio=0.3,vision=0.1: {where}.",
    };
}
