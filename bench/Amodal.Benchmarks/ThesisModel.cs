using Amodal.Data;
using Amodal.Latents;
using Amodal.Methods.TwoStage;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Benchmarks.Pieces;

/// <summary>A fresh model of the thesis's sizes on data shaped like CMU-MOSI, with random features and latents.</summary>
internal sealed class ThesisModel : IDisposable
{
    private static readonly IReadOnlyList<Modality> _modalities = [new("text", 50, 768), new("acoustic", 50, 5), new("vision", 50, 20)];

    public ThesisModel(int batch)
    {
        Model = new TwoStageModel(_modalities, new ExperimentOptions(), seed: 1);
        Model.MoveTo(CPU);
        using var noise = new Amodal.Diffusion.TorchNoise(1, CPU);
        Features = [.. _modalities.Select(m => noise.Like(zeros(batch, m.Length, m.Width)))];
        Latents = [.. Model.Shapes.Select(s => noise.Like(zeros(batch, s.Channels, s.Length)))];
    }

    public TwoStageModel Model { get; }

    /// <summary>(batch, time, width) of every modality.</summary>
    public IReadOnlyList<Tensor> Features { get; }

    /// <summary>(batch, channels, time) of every modality.</summary>
    public IReadOnlyList<Tensor> Latents { get; }

    public IReadOnlyList<LatentShape> Shapes => Model.Shapes;

    public void Dispose()
    {
        foreach (var x in Features.Concat(Latents))
        {
            x.Dispose();
        }

        Model.Dispose();
    }
}
