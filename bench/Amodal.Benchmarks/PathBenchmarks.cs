using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Amodal.Benchmarks.Pieces;

/// <summary>What surrounds a recovery: encoders of all modalities, the alignment decoder of one, fusion.</summary>
public class PathBenchmarks
{
    private ThesisModel _thesis = null!;

    /// <summary>Utterances.</summary>
    [Params(1, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup() => _thesis = new ThesisModel(Batch);

    [GlobalCleanup]
    public void Cleanup() => _thesis.Dispose();

    [Benchmark]
    public void Encode() => Run(() => _thesis.Model.Complete.Encoders.Encode(_thesis.Features));

    [Benchmark]
    public void Align() => Run(() => _thesis.Model.Align(0, _thesis.Latents[0]));

    [Benchmark]
    public void Fuse() => Run(() => _thesis.Model.Fuse(_thesis.Latents));

    private static void Run<T>(Func<T> work)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        _ = work();
    }
}
