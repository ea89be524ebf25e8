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
}
