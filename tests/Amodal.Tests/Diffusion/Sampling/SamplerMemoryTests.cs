using Amodal.Diffusion;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Tests.Diffusion.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace Amodal.Tests.Diffusion.Sampling;

public class SamplerMemoryTests
{
    public static TheoryData<string> Names => [.. NamedSampler.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_thousand_steps_hold_no_more_tensors_than_ten(string name)
    {
        using var module = nn.Linear(3, 3);
        var before = Live();
        var few = MostLive(module, steps: 10);
        Assert.Equal(before, Live());
        Assert.Equal(few, MostLive(module, steps: 1_000));
        Assert.Equal(before, Live());

        long MostLive(nn.Module<Tensor, Tensor> network, int steps)
        {
            var most = 0L;
            using var scope = NewDisposeScope();
            var process = EveryProcess.Create(ProcessKind.VP);
            var result = NamedSampler.All[name](Score, process, ones(1, 2, 3), TimeGrid.Uniform(steps), new UtteranceNoise(1, ["a"]));
            Assert.False(result.requires_grad);
            return most;

            Tensor Score(Tensor x, Tensor t)
            {
                var answer = network.forward(x).tanh() - x;
                Assert.False(answer.requires_grad); // a recorded graph would keep every step's tensors, out of the count's sight
                most = Math.Max(most, Live());
                return answer;
            }
        }
    }

    private static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
