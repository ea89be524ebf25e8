using Amodal.Diffusion;
using Amodal.Missingness;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion;

public class ConditionSamplerTests
{
    private const int Samples = 14_000;

    [Fact]
    public void Every_non_empty_subset_of_the_others_comes_equally_often()
    {
        var (random, sampler) = (new StableRandom(1), new ConditionSampler(modalities: 4));
        var counts = Enumerable.Range(0, Samples).Select(_ => sampler.Draw(random, target: 2)).CountBy(d => d.Observed.Bits).ToDictionary();
        Assert.Equal([0b0001u, 0b0010u, 0b0011u, 0b1000u, 0b1001u, 0b1010u, 0b1011u], counts.Keys.Order());
        // Binomial, p = 1/7: five standard errors.
        Assert.All(counts.Values, c => Assert.Equal(Samples / 7.0, c, 5 * Math.Sqrt(Samples * (1 / 7.0) * (6 / 7.0))));
    }

    [Fact]
    public void Nothing_is_observed_as_often_as_asked()
    {
        var (random, sampler) = (new StableRandom(1), new ConditionSampler(2, emptyRate: 0.25));
        var empty = Enumerable.Range(0, Samples).Count(_ => sampler.Draw(random, 0).Observed.IsEmpty);
        Assert.Equal(0.25 * Samples, empty, 5 * Math.Sqrt(Samples * 0.25 * 0.75));
    }

    [Fact]
    public void Joint_recovery_shows_the_rest_noisy_to_a_share_of_the_samples()
    {
        var (random, sampler) = (new StableRandom(1), new ConditionSampler(3, Recovery.Joint, noisyRate: 0.4));
        var draws = Enumerable.Range(0, Samples).Select(_ => sampler.Draw(random, 0)).ToArray();
        Assert.All(draws, d => Assert.True(d.Noisy.IsEmpty || d.Noisy == ModalitySet.Of(1, 2).Without(d.Observed)));
        // Of the three subsets two leave a rest.
        const double Rate = 0.4 * 2 / 3;
        Assert.Equal(Rate * Samples, draws.Count(d => !d.Noisy.IsEmpty), 5 * Math.Sqrt(Samples * Rate * (1 - Rate)));
        var separate = new ConditionSampler(3, Recovery.Separate, noisyRate: 1);
        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(separate.Draw(random, 0).Noisy.IsEmpty));
    }

    [Fact]
    public void The_masks_say_what_was_drawn()
    {
        using var scope = NewDisposeScope();
        Tensor[] latents = [zeros(64, 2, 3), zeros(64, 1, 1), zeros(64, 4, 2)];
        var sampler = new ConditionSampler(3, Recovery.Joint, noisyRate: 1);
        var conditions = sampler.Draw(new StableRandom(3), target: 1, latents);
        var again = new StableRandom(3);
        for (var row = 0; row < 64; row++)
        {
            var (observed, noisy) = sampler.Draw(again, target: 1);
            Assert.All(conditions, c => Assert.Equal((c.IsNoisy ? noisy : observed).Contains(c.Modality), c.Present![row].item<bool>()));
        }

        Assert.Equal([(0, false), (2, false), (0, true), (2, true)], conditions.Select(c => (c.Modality, c.IsNoisy)));
        Assert.Same(latents[2], conditions[1].Latent);
    }

    [Fact]
    public void There_is_no_mask_where_all_rows_agree()
    {
        using var scope = NewDisposeScope();
        Tensor[] latents = [zeros(3, 2, 3), zeros(3, 1, 1)];
        var condition = Assert.Single(new ConditionSampler(2).Draw(new StableRandom(1), 0, latents));
        Assert.Equal(1, condition.Modality);
        Assert.Null(condition.Present);
    }
}
