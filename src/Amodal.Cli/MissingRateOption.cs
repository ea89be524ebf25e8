namespace Amodal.Cli;

/// <summary>How often each modality is missing, as several commands take it.</summary>
internal static class MissingRateOption
{
    public const string Name = "--missing-rate";

    /// <param name="number">What a number alone means there; nothing where it means nothing.</param>
    public static Option<string> Create(string where, string number = "") => new(Name)
    {
        Description = $"{number}How often each modality is missing, such as audio=0.3,vision=0.1: {where}.",
    };
}
