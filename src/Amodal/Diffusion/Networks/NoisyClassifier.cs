using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// A small network that tells of noisy latents of one modality what it was trained to tell of them, at any time: a convolution,
/// gains and offsets that depend on how much of x_t is signal, another convolution, and the mean over time.
/// </summary>
internal sealed class NoisyClassifier : nn.Module
{
    private const int Kernel = 3;
    private readonly IProcess _process;
    [ComponentName(Name = "first")] private readonly TimeConvolution _first;
    [ComponentName(Name = "time")] private readonly Linear _time;
    [ComponentName(Name = "second")] private readonly TimeConvolution _second;
    [ComponentName(Name = "output")] private readonly Linear _output;

    /// <summary>Creates the network with torch's initial weights.</summary>
    /// <param name="process">The path from data to noise.</param>
    /// <param name="outputs">How many numbers it gives.</param>
    public NoisyClassifier(LatentShape shape, IProcess process, int width, int outputs)
        : base(nameof(NoisyClassifier))
    {
        _process = process;
        _first = new TimeConvolution(shape.Channels, width, Kernel, padding: Kernel / 2);
        _time = nn.Linear(2, 2 * width);
        _second = new TimeConvolution(width, width, Kernel, padding: Kernel / 2);
        _output = nn.Linear(width, outputs);
        RegisterComponents();
    }

    /// <param name="x">Noisy latent, (batch, channels, time).</param>
    /// <param name="t">Diffusion time, (batch).</param>
    /// <returns>(batch, outputs).</returns>
    public Tensor Evaluate(Tensor x, Tensor t)
    {
        using var scope = NewDisposeScope();
        var (alpha, std) = (_process.Alpha(t, x), _process.Std(t, x));
        var scale = (alpha.square() + std.square()).rsqrt(); // x_t is of unit variance then
        var parts = _time.forward((cat([alpha, std], 1) * scale).squeeze(2)).unsqueeze(1).chunk(2, 2);
        var hidden = _first.forward((x * scale).transpose(1, 2));
        hidden = silu((hidden * parts[0]).Plus(hidden).Plus(parts[1]));
        return _output.forward(silu(_second.forward(hidden)).mean([1])).MoveToOuterDisposeScope();
    }

    /// <summary>Floating-point operations of one evaluation for one utterance.</summary>
    public static long CountFlops(LatentShape shape, int width) =>
        FlopCount.Convolution(shape.Length, shape.Channels, width, Kernel) + FlopCount.Convolution(shape.Length, width, width, Kernel);
}

/// <summary>One classifier of noisy latents per modality, as one module.</summary>
internal sealed class NoisyClassifiers : nn.Module
{
    [ComponentName(Name = "modalities")] private readonly ModuleList<NoisyClassifier> _networks;

    /// <param name="shapes">The shapes of all modalities' latents, in the data set's order.</param>
    /// <inheritdoc cref="NoisyClassifier(LatentShape, IProcess, int, int)"/>
    public NoisyClassifiers(IReadOnlyList<LatentShape> shapes, IProcess process, int width, int outputs)
        : base(nameof(NoisyClassifiers))
    {
        _networks = nn.ModuleList(shapes.Select(s => new NoisyClassifier(s, process, width, outputs)).ToArray());
        RegisterComponents();
    }

    /// <summary>The networks, in the data set's order.</summary>
    public IReadOnlyList<NoisyClassifier> All => [.. _networks];
}
