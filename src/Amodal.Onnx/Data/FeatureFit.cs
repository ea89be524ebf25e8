namespace Amodal.Data;

/// <summary>Brings features to the modalities that a model was trained on: by name, in its order, with its number of steps.</summary>
internal static class FeatureFit
{
    /// <summary>Rows of a file as a model takes them; the same object where they are so already.</summary>
    /// <param name="known">The model's modalities.</param>
    /// <param name="front">Those whose rows were padded in front in training; others are where the given rows are so.</param>
    /// <param name="note">Told what is ignored, missing, padded or cut.</param>
    /// <returns>The rows, and the indices of modalities that the file has no array of.</returns>
    public static (Split Rows, IReadOnlyList<int> Absent) Fit(string source, Split given, IReadOnlyList<Modality> known, IReadOnlyList<string> front, string model, Action<string> note)
    {
        if (given.Features.Select(f => f.Modality).SequenceEqual(known))
        {
            return (given, []);
        }

        var names = Match(source, [.. given.Features.Select(f => f.Modality.Name)], known, model, note);
        var features = known.Zip(names, (modality, name) =>
        {
            if (name is not null)
            {
                return Fit(source, given.Features.First(f => f.Modality.Name == name), modality, front.Contains(modality.Name), model, note);
            }

            note($"There is no array '{modality.Name}': the modality is missing in every row.");
            return new FeatureArray(modality, Missing(given.Count * modality.RowSize));
        });
        var rows = new Split(given.Name, given.Ids, given.Labels, [.. features], given.Groups) { Transcripts = given.Transcripts, Speakers = given.Speakers };
        return (rows, [.. names.Index().Where(name => name.Item is null).Select(name => name.Index)]);
    }

    /// <summary>The given name of each of the model's modalities, null where it is not given; letter case counts only where names differ in nothing else.</summary>
    public static IReadOnlyList<string?> Match(string source, IReadOnlyCollection<string> given, IReadOnlyList<Modality> known, string model, Action<string>? note)
    {
        IReadOnlyList<string?> found = [.. known.Select(m => given.FirstOrDefault(name => name == m.Name)
            ?? given.FirstOrDefault(name => name.Equals(m.Name, StringComparison.OrdinalIgnoreCase) && known.All(k => k.Name != name)))];
        var knows = string.Join(", ", known.Select(m => m.Name));
        if (found.All(name => name is null))
        {
            throw new InputException(source, "modalities", $"are {(given.Count == 0 ? "none" : string.Join(", ", given))}, but {model} was trained on {knows}; at least one of these is needed, under its name.");
        }

        foreach (var name in given.Except(found))
        {
            note?.Invoke($"'{name}' is ignored: {model} was trained on {knows}.");
        }

        return found;
    }

    /// <summary>Refuses steps of another width.</summary>
    public static void CheckWidth(string source, int width, Modality known, string model)
    {
        if (width != known.Width)
        {
            throw new InputException(source, $"modality '{known.Name}'", $"has {width} features a step, but {model} was trained on {known.Width}; extract the features as they were for the training.");
        }
    }

    /// <summary>Copies a row's steps to a row of the model's length, which is zero.</summary>
    /// <param name="to">The model's, empty of numbers.</param>
    /// <param name="isPaddedInFront">Where steps of zeros go: before the others, or behind them.</param>
    public static bool Copy(ReadOnlySpan<float> from, Span<float> to, int width, bool isPaddedInFront)
    {
        if (from.Length <= to.Length)
        {
            from.CopyTo(isPaddedInFront ? to[^from.Length..] : to);
            return false;
        }

        var surplus = (from.Length - to.Length) / width;
        var start = 0;
        while (isPaddedInFront && start < surplus && Standardiser.IsPadding(from.Slice(start * width, width)))
        {
            start++;
        }

        from.Slice(start * width, to.Length).CopyTo(to);
        return !Standardiser.IsPadding(from[((start * width) + to.Length)..]);
    }

    /// <summary>Numbers of rows that have none.</summary>
    public static float[] Missing(int count)
    {
        var values = new float[count];
        Array.Fill(values, float.NaN);
        return values;
    }

    private static FeatureArray Fit(string source, FeatureArray given, Modality known, bool wasFront, string model, Action<string> note)
    {
        var (name, steps, width) = (given.Modality.Name, given.Modality.Length, given.Modality.Width);
        CheckWidth(source, width, known, model);
        if (steps == known.Length)
        {
            return new FeatureArray(known, given.Values, given.Lengths);
        }

        var isFront = wasFront || Inspection.FeatureInspector.IsPaddedInFront(given);
        var values = new float[checked(given.Rows * known.RowSize)];
        var cut = Enumerable.Range(0, given.Rows).Count(row => Copy(given.Row(row), values.AsSpan(row * known.RowSize, known.RowSize), width, isFront));
        note($"'{name}' has {steps} steps, but {model} was trained on {known.Length}: {(steps > known.Length
            ? $"steps were cut, in {cut} of {given.Rows} rows more than padding"
            : $"steps of zeros were added {(isFront ? "in front" : "behind")}")}.");
        return new FeatureArray(known, values, given.Lengths?.Select(length => Math.Min(length, known.Length)).ToArray());
    }
}
