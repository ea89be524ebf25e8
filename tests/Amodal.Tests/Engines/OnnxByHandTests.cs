using Amodal.Diffusion;
using Amodal.Diffusion.Networks;
using Amodal.Diffusion.Processes;
using Amodal.Diffusion.Sampling;
using Amodal.Engines;
using Amodal.Methods.TwoStage;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Tests.Data;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Engines;

/// <summary>
/// A recovery by ONNX Runtime whose noise and step are worked out here: <see cref="OnnxModelTests"/> holds it against
/// torch's, which takes both from the same code.
/// </summary>
public class OnnxByHandTests
{
    [Theory]
    [InlineData(ProcessKind.VP, Conditioning.Clean)]
    [InlineData(ProcessKind.VP, Conditioning.Independent)]
    [InlineData(ProcessKind.VE, Conditioning.Independent)] // whose noise at t = 1 is not about 1
    public void One_step_recovers_what_the_formula_says(ProcessKind process, Conditioning conditioning)
    {
        const ulong Seed = 5;
        using var folder = new TemporaryFolder();
        using var model = new TwoStageModel(
            TinyRun.Uneven, TinyRun.TinyOptions with { Process = new() { Kind = process }, Conditioning = conditioning, Sampler = new() { Kind = SamplerKind.Ddim, Nfe = 1 } }, seed: 1);
        Draws.Fill(model.Scores, 2, std: 0.3);
        model.MoveTo(CPU);
        ModelExporter.Export(model, Seed, Path.Combine(folder.Name, "out"));
        using var onnx = OnnxModel.Load(Path.Combine(folder.Name, "out"), threads: 1);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        const int Target = 2;
        ulong[] keys = [11, 12, 13];
        Tensor[] latents = [.. model.Shapes.Select((s, m) => Draws.Normal((ulong)m + 1, 3, s.Channels, s.Length))];
        var rows = latents.Select(l => new LatentRows(l.data<float>().ToArray(), 3, (int)(l.shape[1] * l.shape[2]))).ToArray();

        // At t = 1, with VP's B = 0.1 + 9.95 and VE's sigma = 25; the network answers std times the score, and x0 = (x + std^2 score) / alpha.
        var alpha = process == ProcessKind.VE ? 1 : Math.Exp(-10.05 / 2);
        var std = process == ProcessKind.VE ? Math.Sqrt((625 - 1) / (2 * Math.Log(25))) : Math.Sqrt(1 - (alpha * alpha));
        var x = Noise(Target, use: 0, latents[Target].shape) * std;
        List<Condition> given = [];
        foreach (var m in new[] { 0, 1 })
        {
            // Noise of the conditions is one stream, a draw for each of them in their order.
            given.Add(new(m, conditioning == Conditioning.Clean ? latents[m] : (latents[m] * alpha) + (Noise(Target, use: 1, latents[m].shape, draw: (ulong)m) * std)));
        }

        var expected = (x + (model.Scores.All[Target].Evaluate(x, ones(3), given) * std)) / alpha;
        var actual = onnx.CreatePath().Recover(rows, ModalitySet.Of(0, 1), keys, draw: 4)[Target];
        Relative.Equal([.. expected.contiguous().data<float>()], actual.Values, Relative.Network);

        Tensor Noise(int target, ulong use, long[] shape, ulong draw = 0)
        {
            var values = new List<float>();
            foreach (var key in keys)
            {
                var row = new StableRandom(Seed, key, 4, (ulong)target, use).NextUInt64();
                var words = Enumerable.Range(0, 20).SelectMany(block => Words(StableRandom.Philox(row, (ulong)block, draw))).ToList();
                values.AddRange(words.Chunk(2).SelectMany(Normal).Take((int)(shape[1] * shape[2])));
            }

            return tensor(values.ToArray(), shape);
        }

        static uint[] Words((uint A, uint B, uint C, uint D) w) => [w.A, w.B, w.C, w.D];

        // Box and Muller 1958.
        static float[] Normal(uint[] pair)
        {
            var radius = Math.Sqrt(-2 * Math.Log((pair[0] + 0.5) / 4294967296));
            return [(float)(radius * Math.Cos(2 * Math.PI * pair[1] / 4294967296)), (float)(radius * Math.Sin(2 * Math.PI * pair[1] / 4294967296))];
        }
    }
}
