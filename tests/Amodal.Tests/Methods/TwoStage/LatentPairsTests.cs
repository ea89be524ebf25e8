using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.TwoStage;

/// <summary>LatentPairs of noise and latent: what each is made of.</summary>
public class LatentPairsTests
{
    private const int Rows = 20;
    private const int PerRow = 24;

    [Fact]
    public void Each_pair_of_a_row_and_modality_has_its_own_noise_and_set_and_its_row_s_conditions()
    {
        using var tiny = new TinyRun(TinyRun.TinyOptions, TinyRun.Even);
        using var scope = NewDisposeScope();
        using var model = new TwoStageModel(tiny.Data.Modalities, tiny.Options, 1);
        using var features = FeatureTensors.From(tiny.Data["train"], Standardiser.Fit(tiny.Data["train"]), CPU);
        using var store = LatentStore.Encode(tiny.Data["train"], features, model.Complete.Encoders, model.LatentScale);
        using var pairs = LatentPairs.Draw(store, Rows, PerRow, new ConditionSampler(3), 1, (m, z, conditions) => (z * 2) + Told(conditions), _ => { }, default);
        Assert.Equal(Rows * PerRow, pairs.Count);

        var all = Enumerable.Range(0, pairs.Count).ToArray();
        var taken = Enumerable.Range(0, 3).Select(m => pairs.Take(m, all)).ToList();
        // Three latents of one shape: no two pairs begin alike.
        var starts = taken.SelectMany(t => t.Noise.flatten(1).narrow(1, 0, 2).contiguous().data<float>().ToArray().Chunk(2).Select(x => (x[0], x[1])));
        Assert.Equal(3 * pairs.Count, starts.Distinct().Count());

        var row = tensor(all.Select(c => (long)(c / PerRow)).ToArray());
        foreach (var (m, (noise, latent, conditions)) in taken.Index())
        {
            // The sampler saw the noise and the conditions that go with what it gave.
            Relative.Equal((noise * 2) + Told(conditions), latent, 8 * Relative.Rounding);
            Assert.Equal(Enumerable.Range(0, 3).Where(o => o != m), conditions.Select(c => c.Modality));
            Assert.All(conditions, c => Assert.Equal(0, Draws.Distance(store.Latents[c.Modality].index_select(0, row), c.Latent)));
        }

        // The third modality is in two of three sets drawn for the first, and in as many for the second, one independent of the
        // other: both have it or both lack it in 5 of 9 pairs, here give or take four standard deviations of 480 draws.
        var (first, second) = (Seen(0), Seen(1));
        Assert.InRange(first.Zip(second).Count(p => p.First == p.Second) / (double)pairs.Count, (5.0 / 9) - 0.091, (5.0 / 9) + 0.091);
        // And in a row's pairs sets differ.
        Assert.All(first.Chunk(PerRow), sets => Assert.Equal(2, sets.Distinct().Count()));

        bool[] Seen(int target) => taken[target].Conditions.Single(c => c.Modality == 2).Present!.data<bool>().ToArray();
    }

    /// <summary>A number for each pair from what is shown.</summary>
    private static Tensor Told(IReadOnlyList<Condition> conditions) => conditions
        .Select(c => c.Latent.mean([1, 2], keepdim: true) * (c.Present?.view(-1, 1, 1).to(ScalarType.Float32) ?? 1) * (c.Modality + 1))
        .Aggregate((a, b) => a + b);
}
