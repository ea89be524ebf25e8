namespace Amodal.Evaluation;

/// <summary>What an evaluation covers.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Whether the fixed protocol is run: every non-empty set of observed modalities.</summary>
    public bool Fixed { get; init; } = true;

    /// <summary>Whether the random protocol is run.</summary>
    public bool Random { get; init; } = true;

    /// <summary>Missing rates of the random protocol, each at least 0.</summary>
    public IReadOnlyList<double> MissingRates { get; init; } = [0, 0.3, 0.5, 0.7];

    /// <summary>Whether the random protocol has a row for the average over its missing rates too.</summary>
    public bool AverageRates { get; init; }

    /// <summary>
    /// Whether the fixed protocol is only a glance: the complete set and an average over incomplete ones, all of them for up to
    /// four modalities, else those that lack one modality.
    /// </summary>
    public bool IsBrief { get; init; }

    /// <summary>Masks of a user's own, a row for each; names unique.</summary>
    public IReadOnlyList<NamedMasks> Given { get; init; } = [];

    /// <summary>Mask draws per missing rate; seeds 1 to this number.</summary>
    public int MaskSeeds { get; init; } = 5;

    /// <summary>Recoveries per utterance whose predictions are averaged, at least 1; the network evaluations multiply.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Seed of the bootstrap.</summary>
    public ulong Seed { get; init; } = 1;
}
