namespace Amodal.Benchmarks;

/// <summary>What is timed.</summary>
public enum BenchTask
{
    /// <summary>Recovery of the missing latents from observed ones.</summary>
    Recovery,

    /// <summary>The whole path, raw features to predictions: encode, recover, align, fuse.</summary>
    Path,
}
