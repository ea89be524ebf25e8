namespace Amodal;

/// <summary>
/// A file, configuration or argument from outside that cannot be used. The message says what is wrong, where, and what
/// to do; programs show it (exit code 2, status 400), with the names that they have for its <see cref="Remedies"/>.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="source">The file that is at fault, or the argument, in words.</param>
    /// <param name="place">Where in it: a row, a key, a line; null when it is the whole.</param>
    /// <param name="problem">What was found, what was expected, and what to do.</param>
    /// <param name="inner">The cause, if another exception told of it.</param>
    public InputException(string source, string? place, string problem, Exception? inner = null)
        : base(place is null ? $"{source}: {problem}" : $"{source}: {place}: {problem}", inner)
    {
        Origin = source;
        Place = place;
    }

    /// <summary>The file that is at fault, or the argument, in words.</summary>
    public string Origin { get; }

    /// <summary>Where in it, or null.</summary>
    public string? Place { get; }

    /// <summary>The arguments that would put it right, in words ("data", "missing rate"): a program knows what it calls them, this library does not.</summary>
    public IReadOnlyList<string> Remedies { get; init; } = [];
}
