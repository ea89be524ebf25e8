namespace Amodal.Targets;

/// <summary>A target as files have it: nothing but a kind for a score.</summary>
/// <param name="Kind">"score", "classes" or "several".</param>
/// <param name="Classes">The classes' names, in the order of their numbers; of classes only.</param>
/// <param name="Labels">The labels in order; of several only.</param>
public sealed record TargetSpec(string Kind, IReadOnlyList<string>? Classes = null, IReadOnlyList<LabelSpec>? Labels = null)
{
    /// <summary>The target.</summary>
    /// <param name="file">The file, for messages; null for none.</param>
    /// <exception cref="InputException">It is no target.</exception>
    public Target ToTarget(string? file)
    {
        try
        {
            return this switch
            {
                { Kind: "score", Classes: null, Labels: null } => Target.Score,
                { Kind: "classes", Classes: { } classes, Labels: null } => new ClassTarget(classes),
                { Kind: "several", Classes: null, Labels: { } labels } => new SeveralTarget([.. labels.Select(l => (l.Name, l.Target.ToTarget(file)))]),
                _ => throw new ArgumentException($"has the kind '{Kind}', or not what that kind needs; a target is a score, classes with their names, or several labels"),
            };
        }
        catch (ArgumentException e)
        {
            throw new InputException(file ?? "target", file is null ? null : "target", $"{e.Message}.", e);
        }
    }
}

/// <summary>One of several labels.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Target">What it is.</param>
public sealed record LabelSpec(string Name, TargetSpec Target);

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
