namespace Amodal.Targets;

/// <summary>Names of classes and labels: they head columns of files.</summary>
internal static class TargetName
{
    private const int MaxLength = 100;

    /// <summary>Refuses names that are none, or stand for two things.</summary>
    /// <param name="names">The names.</param>
    /// <param name="what">What is named, for the message.</param>
    /// <exception cref="ArgumentException">One is no name, or is there twice.</exception>
    public static void Check(IReadOnlyList<string> names, string what)
    {
        foreach (var name in names)
        {
            if (string.IsNullOrWhiteSpace(name) || name.Length > MaxLength || name.Any(char.IsControl))
            {
                throw new ArgumentException($"has a {what} whose name is blank, longer than {MaxLength} characters or holds control characters");
            }

            if (names.Count(n => n == name) > 1)
            {
                throw new ArgumentException($"has two of the {what} '{name}'");
            }
        }
    }
}
