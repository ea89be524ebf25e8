namespace Amodal.Diffusion.Processes;

/// <summary>Makes forward processes from their options.</summary>
public static class ProcessFactory
{
    /// <summary>The process that the options name, with their constants.</summary>
    /// <exception cref="InputException">beta does not rise, or sigma is not over 1.</exception>
    public static IProcess Create(ProcessOptions options)
    {
        if (options.Kind is ProcessKind.VP or ProcessKind.SubVP && options.BetaMax <= options.BetaMin)
        {
            throw new InputException("process", "betaMax",
                $"is {options.BetaMax}, but must be over betaMin, which is {options.BetaMin}; the defaults are 20 and 0.1.");
        }

        if (options.Kind is ProcessKind.VE && !(options.Sigma > 1))
        {
            throw new InputException("process", "sigma", $"is {options.Sigma}, but must be over 1; the default is 25.");
        }

        return options.Kind switch
        {
            ProcessKind.VE => new VeProcess(options.Sigma),
            ProcessKind.VP => new VpProcess(options.BetaMin, options.BetaMax),
            ProcessKind.SubVP => new SubVpProcess(options.BetaMin, options.BetaMax),
            ProcessKind.CosineVP => new CosineVpProcess(),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "no such process"),
        };
    }
}
