namespace Amodal.Methods;

/// <summary>Some utterances on their way through a method that answers by networks of its own, without recovering anything.</summary>
/// <param name="features">Standardised features of a split.</param>
/// <param name="latents">The split's latents by the classifier of complete data, made when they are asked for.</param>
/// <param name="keys">A key for every utterance of the split, from its id.</param>
/// <param name="index">The rows that are asked about; null for all.</param>
/// <param name="start">The first of these.</param>
/// <param name="count">How many of these.</param>
internal sealed class EncodedRows(FeatureTensors features, Func<LatentStore> latents, IReadOnlyList<ulong> keys, Tensor? index, int start, int count)
{
    /// <summary>The split that they are of.</summary>
    public required Split Split { get; init; }

    /// <summary>What is observed of each utterance of the split.</summary>
    public required IReadOnlyList<Observation> Observed { get; init; }

    /// <summary>How many.</summary>
    public int Count => count;

    /// <summary>A key for each, which names its noise.</summary>
    public IReadOnlyList<ulong> Keys => [.. Places.Select(row => keys[row])];

    /// <summary>Where they are in the split.</summary>
    public IReadOnlyList<int> Places
    {
        get
        {
            using var scope = NewDisposeScope();
            return index is null ? [.. Enumerable.Range(start, count)] : [.. index.narrow(0, start, count).cpu().data<long>().Select(row => (int)row)];
        }
    }

    /// <summary>Standardised features of a modality, (rows, time, width); padding is zero.</summary>
    public Tensor Features(int modality) => Rows(features.Values[modality]);

    /// <summary>Standardised features of a modality, of other utterances of the split.</summary>
    public Tensor FeaturesAt(int modality, Tensor rows) => features.Values[modality].index_select(0, rows);

    /// <summary>Standardised latents of a modality, (rows, channels, time).</summary>
    public Tensor Latents(int modality) => Rows(latents().Latents[modality]);

    private Tensor Rows(Tensor x) => index is null ? x.narrow(0, start, count) : x.index_select(0, index.narrow(0, start, count));
}
