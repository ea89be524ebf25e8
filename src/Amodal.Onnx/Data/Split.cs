namespace Amodal.Data;

/// <summary>The utterances of one split: ids, labels, and one feature array per modality of the data set, in its order.</summary>
public sealed class Split
{
    /// <summary>Creates the split; all arguments have one entry, or one row, per utterance.</summary>
    /// <param name="name">train, valid or test.</param>
    /// <param name="ids">The utterances' ids.</param>
    /// <param name="labels">The labels, equally many numbers each; a score is one. NaN where there is none, which only training can do with.</param>
    /// <param name="features">One array per modality.</param>
    /// <param name="groups">What each utterance was cut from, as the file says it: its video or dialogue; null where only ids tell.</param>
    /// <exception cref="ArgumentException">The arguments differ in their number of rows.</exception>
    public Split(string name, IReadOnlyList<string> ids, float[] labels, IReadOnlyList<FeatureArray> features, IReadOnlyList<string>? groups = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(features);
        if (labels.Length < ids.Count || labels.Length % Math.Max(1, ids.Count) != 0 || features.Any(f => f.Rows != ids.Count) || (groups is not null && groups.Count != ids.Count))
        {
            throw new ArgumentException("ids, labels, features and groups differ in their number of rows");
        }

        (Name, Ids, Labels, Features, Groups) = (name, ids, labels, features, groups);
    }

    /// <summary>train, valid or test.</summary>
    public string Name { get; }

    /// <summary>The utterances' ids, unique in the split.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>The labels, (utterance, numbers of a label); a score is one number.</summary>
    public float[] Labels { get; }

    /// <summary>One array per modality, in the data set's order.</summary>
    public IReadOnlyList<FeatureArray> Features { get; }

    /// <summary>What each utterance was cut from, its video or dialogue; null where the file does not say it and only ids may tell.</summary>
    public IReadOnlyList<string>? Groups { get; }

    /// <summary>What was said, by utterance; null where the file does not tell.</summary>
    public IReadOnlyList<string>? Transcripts { get; init; }

    /// <summary>Who speaks, by utterance; null where the file does not tell. What a name says is known within a video only.</summary>
    public IReadOnlyList<string>? Speakers { get; init; }

    /// <summary>The rows of each video or dialogue, videos in the order in which they first come; see <see cref="VideoGroups.InOrder"/>.</summary>
    internal IReadOnlyList<IReadOnlyList<int>> Videos => field ??= VideoGroups.InOrder(this);

    /// <summary>Number of utterances.</summary>
    public int Count => Ids.Count;

    /// <summary>The label of one utterance.</summary>
    /// <param name="row">Its number.</param>
    public ArraySegment<float> Label(int row) => new(Labels, Labels.Length / Count * row, Labels.Length / Count);

    /// <summary>Whether an utterance has a label, or one of several.</summary>
    internal bool HasLabel(int row) => Label(row).Any(number => !float.IsNaN(number));

    /// <summary>The utterances that have a label, in order.</summary>
    internal IReadOnlyList<int> Labelled => [.. Enumerable.Range(0, Count).Where(HasLabel)];

    /// <inheritdoc cref="DataSet.CheckModalities"/>
    public void CheckModalities(IReadOnlyList<Modality> modalities, string model) =>
        Modality.CheckSame($"split '{Name}'", [.. Features.Select(f => f.Modality)], modalities, model);

    /// <summary>The same utterances with other features.</summary>
    internal Split With(IReadOnlyList<FeatureArray> features) => new(Name, Ids, Labels, features, Groups) { Transcripts = Transcripts, Speakers = Speakers };

    /// <summary>These utterances and others of the same modalities behind them, without their labels.</summary>
    internal Split Join(Split unlabelled) => new(
        Name, [.. Ids, .. unlabelled.Ids], [.. Labels, .. FeatureFit.Missing(Labels.Length / Count * unlabelled.Count)],
        [.. Features.Zip(unlabelled.Features, (own, more) => own.Join(more))], Groups is null ? null : [.. Groups, .. unlabelled.Groups ?? unlabelled.Ids])
    {
        Speakers = Speakers is null ? null : [.. Speakers, .. unlabelled.Speakers ?? [.. unlabelled.Ids.Select(_ => "")]],
    };

    /// <summary>A split of some of these utterances, in the given order.</summary>
    /// <param name="name">The new split's name.</param>
    /// <param name="rows">Row numbers from 0; at least one.</param>
    public Split Select(string name, IReadOnlyList<int> rows) =>
        new(name, [.. rows.Select(row => Ids[row])], [.. rows.SelectMany(row => Label(row))], [.. Features.Select(features => features.Select(rows))],
            Groups is null ? null : [.. rows.Select(row => Groups[row])])
        {
            Transcripts = Transcripts is { } all ? [.. rows.Select(row => all[row])] : null,
            Speakers = Speakers is { } speakers ? [.. rows.Select(row => speakers[row])] : null,
        };
}
