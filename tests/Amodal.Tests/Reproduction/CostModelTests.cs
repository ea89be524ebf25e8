using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Randomness;
using Amodal.Reproduction;

namespace Amodal.Tests.Reproduction;

public class CostModelTests
{
    private static readonly DataShape _data = new([new("text", 6, 2), new("audio", 6, 2), new("vision", 6, 2)], Train: 100, Valid: 20, Test: 50);

    [Fact]
    public void Evaluation_costs_a_pass_for_every_missing_modality_of_every_set_and_step()
    {
        var shapes = Enumerable.Repeat(new LatentShape(32, 4), 3).ToArray();
        using var network = BackboneFactory.Create(TablePlan.Parse("t", Grid("ddim", 10)).Runs[0].Backbone, shapes, 0, new StableRandom(0));
        // Three sets lack two modalities, which one other tells of; three lack one, which two tell of.
        var perStep = (3 * 2 * network.CountFlops([1])) + (3 * network.CountFlops([1, 2]));
        Assert.Equal(10.0 * 50 * perStep, Flops(Grid("ddim", 20)) - Flops(Grid("ddim", 10)), tolerance: 1);
        // Ten predictor-corrector steps of two evaluations each.
        Assert.Equal(0, Flops(Grid("predictor-corrector", 20)) - Flops(Grid("ddim", 20)), tolerance: 1);
    }

    [Fact]
    public void What_is_shared_costs_once_and_repeated_trainings_cost_again()
    {
        var one = new CostModel(_data).Of(TablePlan.Parse("t", Grid("ddim", 10)));
        var more = new CostModel(_data).Of(TablePlan.Parse("t", Grid("ddim", 10) + "  again: { sampler: { kind: ddim, nfe: 10 } }\n  other: { settings: { alignment: { enabled: false } } }\n"));
        Assert.True(more.Flops > one.Flops);
        Assert.True(more.Flops < 2 * one.Flops); // stages 1a and 1b serve both runs
        var five = new CostModel(_data).Of(TablePlan.Parse("t", Grid("ddim", 10)), trainings: 5);
        Assert.Equal(5 * one.Flops, five.Flops, 1e-9 * five.Flops);
        Assert.True(one.Duration > TimeSpan.Zero);
    }

    [Fact]
    public void Without_diffusion_nothing_is_sampled()
    {
        var without = Grid("ddim", 10).Replace("settings: {", "settings: { recovery: none,", StringComparison.Ordinal);
        Assert.Equal(Flops(without), Flops(without.Replace("nfe: 10", "nfe: 1000", StringComparison.Ordinal)));
        Assert.True(Flops(without) < Flops(Grid("ddim", 10)));
    }

    private static double Flops(string grid) => new CostModel(_data).Of(TablePlan.Parse("t", grid)).Flops;

    private static string Grid(string sampler, int nfe) => $$"""
        base: cpu-speed
        settings: { backbone: { width: 16, blocks: 1 } }
        rows:
          one: { sampler: { kind: {{sampler}}, nfe: {{nfe}} } }

        """;
}
