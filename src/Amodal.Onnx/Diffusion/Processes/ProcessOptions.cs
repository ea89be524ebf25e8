namespace Amodal.Diffusion.Processes;

/// <summary>Which forward process, and its constants.</summary>
public sealed record ProcessOptions
{
    /// <summary>The process.</summary>
    public ProcessKind Kind { get; init; } = ProcessKind.VP;

    /// <summary>sigma of VE, over 1 (thesis, 5.4).</summary>
    [Range(1.0001, 1e4)]
    public double Sigma { get; init; } = 25;

    /// <summary>beta at t = 0 of VP and sub-VP.</summary>
    [Range(0, 100)]
    public double BetaMin { get; init; } = 0.1;

    /// <summary>beta at t = 1 of VP and sub-VP.</summary>
    [Range(1e-3, 1000)]
    public double BetaMax { get; init; } = 20;
}
