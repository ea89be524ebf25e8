using Amodal.Data.Inspection;

namespace Amodal.Data;

/// <summary>An ordered list of named modalities and the splits train, valid and test over them.</summary>
public sealed class DataSet
{
    private readonly Lazy<IReadOnlyList<string>> _notes;

    /// <summary>Creates the data set.</summary>
    /// <param name="source">The file it came from, for messages.</param>
    /// <param name="modalities">At least two, names unique.</param>
    /// <param name="splits">train, valid and test, those that exist, none empty.</param>
    /// <param name="digest">SHA-256 over the content, lower-case hexadecimal.</param>
    /// <param name="notes">What a reader left out or made up, in sentences.</param>
    /// <param name="target">What the labels are; null for a score.</param>
    public DataSet(
        string source, IReadOnlyList<Modality> modalities, IReadOnlyList<Split> splits, string digest, IReadOnlyList<string>? notes = null, Target? target = null)
    {
        Target = target ?? Target.Score;
        (Source, Modalities, Splits, Digest, ReaderNotes) = (source, modalities, splits, digest, notes ?? []);
        _notes = new Lazy<IReadOnlyList<string>>(() => [.. ReaderNotes, .. DataWarnings.Of(this)]);
    }

    /// <summary>The names of the splits, in order.</summary>
    public static IReadOnlyList<string> SplitNames { get; } = ["train", "valid", "test"];

    /// <summary>The file it came from.</summary>
    public string Source { get; }

    /// <summary>The modalities, in the order that every array, mask and network uses.</summary>
    public IReadOnlyList<Modality> Modalities { get; }

    /// <summary>The splits that the file holds.</summary>
    public IReadOnlyList<Split> Splits { get; }

    /// <summary>SHA-256 over the content.</summary>
    public string Digest { get; }

    /// <summary>Where the rows came from that <see cref="WithUnlabelled"/> added; null for none.</summary>
    public string? Also { get; private init; }

    /// <summary><see cref="Digest"/> without them.</summary>
    internal string OwnDigest { get => field ?? Digest; private init; }

    /// <summary>What the labels are: a score, classes, or several.</summary>
    public Target Target { get; }

    /// <summary>What the reader left out or made up, then what would spoil a training or a result, in sentences.</summary>
    public IReadOnlyList<string> Notes => _notes.Value;

    /// <summary>What the reader left out or made up, in sentences.</summary>
    internal IReadOnlyList<string> ReaderNotes { get; }

    /// <summary>The split of that name.</summary>
    /// <exception cref="InputException">The file holds no such split.</exception>
    public Split this[string split] => Splits.FirstOrDefault(s => s.Name == split)
        ?? throw new InputException(Source, $"split '{split}'", $"is not there; the file holds {string.Join(", ", Splits.Select(s => s.Name))}.");

    /// <summary>The same data with more utterances at the end of train, none of which has a label: they train what needs none.</summary>
    /// <param name="more">Where they are, in every split; labels that they have are ignored. Modalities are found by name, lacking ones are missing.</param>
    /// <exception cref="InputException">The two have no modality in common, a modality has another width, or an id is in train already.</exception>
    public DataSet WithUnlabelled(DataSet more)
    {
        ArgumentNullException.ThrowIfNull(more);
        var (train, notes) = (this["train"], new List<string>());
        List<string> front = [.. train.Features.Where(FeatureInspector.IsPaddedInFront).Select(f => f.Modality.Name)];
        foreach (var split in more.Splits)
        {
            if (split.Ids.Intersect(train.Ids).FirstOrDefault() is { } id)
            {
                throw new InputException(more.Source, $"id '{id}'", $"is an utterance of train in {Source} too. Leave it out, or give it another id.");
            }

            train = train.Join(FeatureFit.Fit(more.Source, split, Modalities, front, "this run", note => notes.Add($"{more.Source}: {note}")).Rows);
        }

        notes.Add($"{train.Count - this["train"].Count} utterances of {more.Source} train what needs no label.");
        List<Split> splits = [.. Splits.Select(split => split.Name == train.Name ? train : split)];
        return new DataSet(Source, Modalities, splits, DataDigest.Compute(Modalities, splits, Target), [.. ReaderNotes, .. more.ReaderNotes, .. notes], Target)
        {
            Also = more.Source,
            OwnDigest = Digest,
        };
    }

    /// <summary>Refuses data whose labels are of another kind than a model was trained on.</summary>
    /// <param name="target">The model's.</param>
    /// <param name="model">The model, for the message.</param>
    /// <exception cref="InputException">They are.</exception>
    public void CheckTarget(Target target, string model)
    {
        if (!Target.Equals(target))
        {
            throw new InputException(Source, "labels", $"are {Target.Text}, and those of {model} {target?.Text}; give data with the same labels.");
        }
    }

    /// <summary>Refuses data of other modalities than a model was trained on.</summary>
    /// <param name="modalities">The model's.</param>
    /// <param name="model">The model, for the message.</param>
    /// <exception cref="InputException">Names, lengths, widths or their order differ.</exception>
    public void CheckModalities(IReadOnlyList<Modality> modalities, string model) => Modality.CheckSame(Source, Modalities, modalities, model);
}
