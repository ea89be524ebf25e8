using Amodal.Methods.Mctn;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Tests.Methods.Fills;
using Amodal.Tests.Training;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Mctn;

public class MctnTests
{
    [Fact]
    public void With_language_an_answer_is_the_same_to_the_bit_whatever_else_is_there()
    {
        using var tiny = TinyRun.Trained(TinyRun.Uneven);
        var folder = new RunDirectory($"{tiny.Directory.Path}-mctn");
        new Trainer(SmallMethods.Of("mctn"), tiny.Data, folder, CPU).Train(resume: false, reuse: tiny.Directory);
        using var method = TrainedRun.Load(folder.Path, CPU).CreateMethod(isOwner: true);
        using var rows = method.Encode(tiny.Data["test"]);
        var answers = Patterns.All(3).ToDictionary(set => set, set => rows.Predict([.. Enumerable.Repeat<Observation>(set, rows.Count)]));
        Assert.All(answers.Where(a => a.Key.Contains(0)), a => Assert.Equal(answers[ModalitySet.Of(0)], a.Value)); // text
        Assert.Equal(answers[ModalitySet.Of(1)], answers[ModalitySet.Of(1, 2)]);
        Assert.Equal(3, answers.Values.DistinctBy(a => a[0]).Count());
    }

    [Fact]
    public void A_translation_to_the_source_itself_can_be_learned()
    {
        using var scope = NewDisposeScope();
        Stage.SeedTorch(1);
        using var chain = new MctnChain(2, [2, 3], hidden: 16, outputs: 1);
        var x = SimpleFillTests.Normal(12, 3 * 2).reshape(12, 3, 2);
        var (other, held) = (zeros(12, 1, 3), ones(12, 1, 1));
        using var optimiser = optim.Adam(chain.parameters(), 0.01);
        var before = chain.Run(x, [x, other], [held, held]).Error.item<float>();
        for (var step = 0; step < 200; step++)
        {
            using var inner = NewDisposeScope();
            optimiser.zero_grad();
            chain.Run(x, [x, other], [held, held]).Error.backward();
            optimiser.step();
        }

        Assert.InRange(chain.Run(x, [x, other], [held, held]).Error.item<float>() / before, 0, 0.2);
        var missing = chain.Run(x, [x.mul(9), other], [held.mul(0), held]).Error;
        Relative.Equal(missing, chain.Run(x, [x.mul(-5), other], [held.mul(0), held]).Error, 1e-6); // what is not there is no target
    }
}
