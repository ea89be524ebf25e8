namespace Amodal.Evaluation.Distances;

/// <summary>How far one modality's recovered latents are from the true ones, as sets of points.</summary>
/// <param name="SlicedWasserstein">Sliced Wasserstein distance of order 2; 0 is best.</param>
/// <param name="SlicedWassersteinChance">What of it remains by chance when both sets come from one distribution.</param>
/// <param name="Mmd">Unbiased MMD^2, its bandwidth the median distance of true points; 0 is best.</param>
/// <param name="NeighbourOverlap">Share of each true latent's neighbours that its recovered one has too; 1 is best.</param>
/// <param name="NeighbourOverlapChance">That share for recoveries that tell nothing of their utterance.</param>
/// <param name="NeighbourMixing">Share of neighbours from the other set, around recovered or around true latents, the smaller one; about a half is best, 0 means that the sets lie apart.</param>
internal sealed record LatentDistances(
    double SlicedWasserstein, double SlicedWassersteinChance, double Mmd, double NeighbourOverlap, double NeighbourOverlapChance, double NeighbourMixing)
{
    /// <summary>Random directions of the sliced Wasserstein distance: its square is then right to about sqrt(2 / 200) = 10 % for a plain shift, less for most else.</summary>
    public const int Directions = 200;

    /// <summary>Compares two sets.</summary>
    /// <param name="recovered">Recovered latents, a row per utterance.</param>
    /// <param name="truth">True latents, the same utterances in the same order, at least 3.</param>
    /// <param name="neighbours">Size of a neighbourhood; that of all other points if there are fewer.</param>
    public static LatentDistances Between(PointCloud recovered, PointCloud truth, int neighbours, StableRandom random)
    {
        var k = Math.Min(neighbours, truth.Count - 1);
        // The bandwidth is from true points only, so that MMDs of several recoveries of the same utterances compare.
        var bandwidth = MaximumMeanDiscrepancy.MedianDistance(truth);
        var (distance, chance) = Distances.SlicedWasserstein.Compare(recovered, truth, Directions, random);
        return new LatentDistances(
            distance,
            chance,
            bandwidth > 0 ? MaximumMeanDiscrepancy.Squared(recovered, truth, bandwidth) : double.NaN,
            NearestNeighbours.Overlap(recovered, truth, k),
            NearestNeighbours.ChanceOverlap(truth.Count, k),
            NearestNeighbours.Mixing(recovered, truth, k));
    }
}
