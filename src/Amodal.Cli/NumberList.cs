namespace Amodal.Cli;

/// <summary>Options that are lists of numbers, such as 1,8,32.</summary>
internal static class NumberList
{
    /// <summary>Reads a list of at least one number.</summary>
    /// <param name="option">The option's name.</param>
    /// <param name="allowed">The same in words.</param>
    public static List<T> Parse<T>(string option, string text, Func<T, bool> isAllowed, string allowed)
        where T : IParsable<T>
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > 0
            ? [.. parts.Select(part => T.TryParse(part, CultureInfo.InvariantCulture, out var number) && isAllowed(number) ? number : throw Wrong(part))]
            : throw Wrong(text);

        InputException Wrong(string part) => new(option, null, $"has '{part}'; give {allowed}, comma-separated.");
    }
}
