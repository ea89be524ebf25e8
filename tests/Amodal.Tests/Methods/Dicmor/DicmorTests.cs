using Amodal.Methods;
using Amodal.Methods.Dicmor;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Methods.Fills;
using Amodal.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Dicmor;

public class DicmorTests
{
    public static TheoryData<string> Kinds => ["Paper", "Released"];

    [Theory, MemberData(nameof(Kinds))]
    public void A_flow_is_undone_by_its_inverse(string kind)
    {
        using var scope = NewDisposeScope();
        using var flow = Disturbed(5, steps: 6, kind);
        var x = Sequence(4, 3, 5);
        var (z, _) = flow.Run(x);
        Assert.InRange((flow.Inverse(z) - x).abs().max().item<float>(), 0, 1e-5);
        Assert.NotEqual(0, (z - x).abs().max().item<float>());
        Assert.Equal(kind == "Released", z.narrow(2, 0, 3).Equals(x.narrow(2, 0, 3))); // the first half passes unchanged
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_determinant_is_that_of_the_derivatives(string kind)
    {
        using var scope = NewDisposeScope();
        using var flow = Disturbed(4, steps: 3, kind).to(ScalarType.Float64);
        var x = Sequence(1, 1, 4).to(ScalarType.Float64);
        const double step = 1e-5;
        var derivatives = stack([.. Enumerable.Range(0, 4).Select(i =>
        {
            var shift = nn.functional.one_hot(tensor([(long)i]), 4).to(ScalarType.Float64).reshape(1, 1, 4) * step;
            return ((flow.Run(x + shift).Z - flow.Run(x - shift).Z) / (2 * step)).flatten();
        })]);
        Assert.Equal(linalg.slogdet(derivatives).Item2.item<double>(), flow.Run(x).LogDeterminant.item<double>(), 1e-6);
    }

    [Fact]
    public void Between_equal_flows_recovery_is_the_identity()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var network = new DicmorNetwork(new VectorContext([3, 3], Target.Score, ExperimentFile.Preset("dicmor", ["dicmor.width=4", "dicmor.heads=2", "dicmor.flowSteps=3", "dicmor.blocks=1"])) { Lengths = [3, 3] });
        network.eval();
        Disturb(network.Flows[0]);
        network.Flows[1].load_state_dict(network.Flows[0].state_dict());
        using var noGradient = no_grad();
        var x = Sequence(5, 3, 4);
        var z = network.Flows[0].Run(x).Z;
        var completed = network.Complete([x, zeros_like(x)], [z, zeros_like(z)], tensor(new float[] { 1, 0 }).repeat(5, 1));
        Assert.InRange((completed[1] - x).abs().max().item<float>(), 0, 1e-5);
        Assert.Same(x, completed[0]);
    }

    private static Flow Disturbed(int channels, int steps, string kind)
    {
        Stage.SeedTorch(1);
        var flow = new Flow(channels, steps, Enum.Parse<FlowKind>(kind));
        Disturb(flow);
        return flow;
    }

    /// <summary>Weights as a training leaves them: none is 0.</summary>
    private static void Disturb(Flow flow)
    {
        using var noGradient = no_grad();
        foreach (var (i, (_, parameter)) in flow.named_parameters().Index())
        {
            parameter.add_(SimpleFillTests.Normal(1, (int)parameter.numel(), (ulong)i).mul(0.05).reshape(parameter.shape));
        }
    }

    private static Tensor Sequence(int rows, int steps, int channels) => SimpleFillTests.Normal(rows * steps, channels).reshape(rows, steps, channels);
}
