using Amodal.Diffusion.Networks;
using Amodal.Latents;

namespace Amodal.Export.Graphs;

/// <summary>What a score network's graph must know beside its weights.</summary>
/// <param name="Backbone">Kind and size.</param>
/// <param name="Shapes">The latents' shapes, in the data set's order.</param>
/// <param name="Target">The modality that it recovers.</param>
/// <param name="HasNoisy">Whether conditions may be noisy, as in joint recovery.</param>
/// <param name="Precision">What its dense layers are computed in.</param>
internal sealed record ScoreSize(BackboneOptions Backbone, IReadOnlyList<LatentShape> Shapes, int Target, bool HasNoisy, Precision Precision = Precision.Float32)
{
    public LatentShape Own => Shapes[Target];

    public int Width => Backbone.Width;

    public int Heads => Backbone.Heads;

    /// <summary>All modalities but the target.</summary>
    public IEnumerable<int> Others => Enumerable.Range(0, Shapes.Count).Where(m => m != Target);

    /// <summary>Where a modality's own layer is in a list that leaves the target out.</summary>
    public int OtherIndex(int modality) => modality - (modality > Target ? 1 : 0);
}
