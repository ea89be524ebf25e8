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
