namespace Amodal.Data;

/// <summary>Classes as files name or number them, made into the numbers of a <see cref="ClassTarget"/>.</summary>
internal static class ClassLabels
{
    /// <summary>Whole numbers as classes.</summary>
    /// <param name="numbers">One per row; NaN for none.</param>
    /// <param name="names">What the file calls each row's class; null where it does not say.</param>
    public static IReadOnlyList<ClassLabel> Of(IReadOnlyList<double> numbers, IReadOnlyList<string>? names, Func<int, string, InputException> fault) =>
    [
        .. numbers.Select((number, row) => double.IsNaN(number) ? new ClassLabel("")
            : double.IsInteger(number) && Math.Abs(number) <= int.MaxValue ? new ClassLabel(((long)number).ToString(CultureInfo.InvariantCulture), names?[row])
            : throw fault(row, FormattableString.Invariant($"is {(float)number}; a whole number is needed for a class. Are the labels scores?"))),
    ];

    /// <summary>Gives classes their numbers: in the order of a model's, or else by number or name.</summary>
    /// <param name="known">The classes of the model that the data are for; null where they are learnt from.</param>
    /// <param name="isStrict">Whether a class that the model does not know is an error; else the row counts as without label.</param>
    public static (ClassTarget Target, IReadOnlyList<RawSplit> Splits) Number(string source, IReadOnlyList<RawSplit> splits, IReadOnlyList<string>? known, bool isStrict)
    {
        List<ClassLabel> all = [.. splits.SelectMany(s => s.Classes ?? []).Where(c => c.Text.Length > 0).Distinct()];
        var names = Names(all);
        var classes = known ?? [.. all.Select(c => c.Text).Distinct().OrderBy(NumberOf).ThenBy(text => text, StringComparer.Ordinal).Select(text => names[text])];
        try
        {
            return (new ClassTarget(classes), [.. splits.Select(s => s with { Labels = [.. (s.Classes ?? []).Select((c, row) => Place(s, c, row))] })]);
        }
        catch (ArgumentException e)
        {
            throw new InputException(source, "labels", $"{e.Message}.", e);
        }

        float Place(RawSplit split, ClassLabel label, int row)
        {
            if (label.Text.Length == 0)
            {
                return float.NaN;
            }

            var place = IndexOf(names[label.Text]) is >= 0 and var named ? named : IndexOf(label.Text);
            return place >= 0 ? place : !isStrict ? float.NaN : throw new InputException(
                source, $"split '{split.Name}', {split.RowName(row)}", $"has the label '{names[label.Text]}', which is none of the classes {string.Join(", ", classes)}.");
        }

        int IndexOf(string name) => Enumerable.Range(0, classes.Count).FirstOrDefault(k => classes[k] == name, -1);
    }

    // The file's names where there is one for each number, and none stands for two; else the numbers themselves.
    private static Dictionary<string, string> Names(List<ClassLabel> all)
    {
        var isNamed = all.TrueForAll(c => !string.IsNullOrWhiteSpace(c.Name)) && all.DistinctBy(c => c.Text).Count() == all.Count && all.DistinctBy(c => c.Name).Count() == all.Count;
        return all.DistinctBy(c => c.Text).ToDictionary(c => c.Text, c => isNamed ? c.Name! : c.Text);
    }

    private static double NumberOf(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.PositiveInfinity;
}
