namespace Amodal.Data;

/// <summary>The utterances of one split: ids, labels, and one feature array per modality of the data set, in its order.</summary>
public sealed class Split
{
    /// <summary>Creates the split; all arguments have one entry, or one row, per utterance.</summary>
    public Split(string name, IReadOnlyList<string> ids, float[] labels, IReadOnlyList<FeatureArray> features)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(features);
        if (labels.Length != ids.Count || features.Any(f => f.Rows != ids.Count))
        {
            throw new ArgumentException("ids, labels and features differ in their number of rows");
        }

        (Name, Ids, Labels, Features) = (name, ids, labels, features);
    }

    /// <summary>train, valid or test.</summary>
    public string Name { get; }

    /// <summary>The utterances' ids, unique in the split.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Sentiment intensities, all finite.</summary>
    public float[] Labels { get; }

    /// <summary>One array per modality, in the data set's order.</summary>
    public IReadOnlyList<FeatureArray> Features { get; }

    /// <summary>Number of utterances.</summary>
    public int Count => Ids.Count;

    /// <summary>A split of some of these utterances, in the given order.</summary>
    /// <param name="name">The new split's name.</param>
    /// <param name="rows">Row numbers from 0; at least one.</param>
    /// <remarks>Which of the rows held numbers that were replaced is not known any more, so those counts start at 0.</remarks>
    public Split Select(string name, IReadOnlyList<int> rows) =>
        new(name, [.. rows.Select(row => Ids[row])], [.. rows.Select(row => Labels[row])], [.. Features.Select(features => features.Select(rows))]);
}
