namespace Amodal.Methods;

/// <summary>Some utterances on their way through a method that answers by networks of its own, without recovering anything.</summary>
/// <param name="features">Standardised features of a split.</param>
/// <param name="latents">The split's latents by the classifier of complete data, made when they are asked for.</param>
/// <param name="index">The rows that are asked about; null for all.</param>
/// <param name="start">The first of these.</param>
/// <param name="count">How many of these.</param>
internal sealed class EncodedRows(FeatureTensors features, Func<LatentStore> latents, Tensor? index, int start, int count)
{
    /// <summary>How many.</summary>
    public int Count => count;

    /// <summary>Standardised features of a modality, (rows, time, width); padding is zero.</summary>
    public Tensor Features(int modality) => Rows(features.Values[modality]);

    /// <summary>Standardised latents of a modality, (rows, channels, time).</summary>
    public Tensor Latents(int modality) => Rows(latents().Latents[modality]);

    private Tensor Rows(Tensor x) => index is null ? x.narrow(0, start, count) : x.index_select(0, index.narrow(0, start, count));
}
