namespace Amodal.Data.Synthetic;

/// <summary>Settings of generated data; the defaults are the data set of docs/guide/synthetic.md.</summary>
public sealed record SyntheticOptions
{
    // Latents: two of sentiment, two of style. Language mixes sentiment with style and has one view without it; acoustic
    // and vision hear and see one sentiment each, blurred, and one style, clearly. With everything there the styles
    // can be taken out of language, so the best complete-data weights are poor ones as soon as something is missing:
    // filling in zeros loses 10 points of accuracy on average against the optimum, and recovery can win them.
    private static readonly IReadOnlyList<SyntheticModality> StandardModalities =
    [
        new("language", 12, 24, [[0.70, 0, 0.70, 0], [0, 0.70, 0, 0.70], [0.63, 0.63, 0, 0]]),
        new("acoustic", 10, 12, [[0.82, 0, 0, 0], [0, 0, 0.97, 0]]),
        new("vision", 10, 10, [[0, 0.74, 0, 0], [0, 0, 0, 0.97]]),
    ];

    private static readonly IReadOnlyList<double> StandardShares = [0.5, 0.5, 0, 0];

    /// <summary>Interactions, components and redundancy of the documented non-linear data: a linear prediction is far from the best there.</summary>
    public static SyntheticOptions NonLinear { get; } = new() { Interactions = 0.4, Components = 4, Redundancy = 0.3 };

    /// <summary>Utterances in all; 60 % train, 15 % valid, 25 % test.</summary>
    [Range(20, 1_000_000)]
    public int Utterances { get; init; } = 2400;

    /// <summary>Utterances of the test split, whatever <see cref="Utterances"/> says; 0 leaves it 25 %.</summary>
    [Range(0, 1_000_000)]
    public int TestUtterances { get; init; }

    /// <summary>Seed of the loadings and of every row, 0 to 2^31 - 1.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;

    /// <summary>At least two modalities, names unique, whose views have one correlation per entry of <see cref="LabelShares"/>.</summary>
    public IReadOnlyList<SyntheticModality> Modalities { get; init; } = StandardModalities;

    /// <summary>The share of the label's explained variance that each shared latent carries; positive or 0, together 1.</summary>
    public IReadOnlyList<double> LabelShares { get; init; } = StandardShares;

    /// <summary>Standard deviation of the labels. At 1.3, 2.1 % of them lie outside [-3, 3]; they are not clipped.</summary>
    [Range(0.01, 100)]
    public double LabelStd { get; init; } = 1.3;

    /// <summary>The part of the label's standard deviation that no feature knows of.</summary>
    [Range(0, 0.99)]
    public double LabelNoise { get; init; } = 0.1;

    /// <summary>The share of the label's explained variance that the product of the two sentiment latents carries, which no linear prediction has.</summary>
    [Range(0, 0.95)]
    public double Interactions { get; init; }

    /// <summary>Gaussians that the latents are a mixture of; with one, what is missing depends linearly on what is observed.</summary>
    [Range(1, 9)]
    public int Components { get; init; } = 1;

    /// <summary>The correlation of the two sentiment latents, and of the two style latents: how much of what acoustic tells vision tells too.</summary>
    [Range(0, 0.95)]
    public double Redundancy { get; init; }

    /// <summary>What the noise of every modality is multiplied by.</summary>
    [Range(0.01, 100)]
    public double Noise { get; init; } = 1;

    /// <summary>Utterances of the training split that keep their label, drawn by the seed, fewer among more; the others have NaN. 0 leaves all.</summary>
    [Range(0, 1_000_000)]
    public int Labelled { get; init; }

    /// <summary>How often each modality is missing from an utterance of the training split; one of them is always kept.</summary>
    [Range(0, 0.95)]
    public double TrainMissing { get; init; }

    /// <summary>
    /// Classes that the score is cut into, each as frequent as the others and named class1, class2 and so on from the lowest; 0 leaves it
    /// a score. Otherwise 2 to <see cref="ClassTarget.MostClasses"/>.
    /// </summary>
    [Range(0, ClassTarget.MostClasses)]
    public int Classes { get; init; }

    /// <summary>Whether the best prediction is linear in the features, and its posterior Gaussian.</summary>
    internal bool IsLinear => Interactions == 0 && Components == 1;

    /// <summary>Whether nothing differs from the documented data set but what an id can say.</summary>
    internal bool IsStandard => new SyntheticOptions { Modalities = Modalities, LabelShares = LabelShares, LabelStd = LabelStd, LabelNoise = LabelNoise } == new SyntheticOptions(); // lists by reference

    /// <summary>Throws unless the settings describe a model.</summary>
    internal void Check()
    {
        Require(Utterances is >= 20 and <= 1_000_000, "utterances", $"is {Utterances}; allowed are 20 to 1000000.");
        Require(TestUtterances is >= 0 and <= 1_000_000, "test", $"is {TestUtterances}; allowed are 1 to 1000000, or 0 for a quarter of the utterances.");
        Require(Interactions is >= 0 and <= 0.95, "interactions", $"is {Interactions}; allowed are 0 to 0.95.");
        Require(Components is >= 1 and <= 9, "components", $"is {Components}; allowed are 1 to 9.");
        Require(Redundancy is >= 0 and <= 0.95, "redundancy", $"is {Redundancy}; allowed are 0 to 0.95.");
        Require(Noise is >= 0.01 and <= 100, "noise", $"is {Noise}; allowed are 0.01 to 100.");
        Require(Labelled >= 0 && Labelled <= SyntheticData.SplitSizes(this)[0], "labelled", $"is {Labelled}; allowed are 1 to {SyntheticData.SplitSizes(this)[0]}, the utterances of train, or 0 for all.");
        Require(TrainMissing is >= 0 and <= 0.95, "train missing", $"is {TrainMissing}; allowed are 0 to 0.95.");
        Require(Classes is 0 or (>= 2 and <= ClassTarget.MostClasses), "classes", $"is {Classes}; allowed are 2 to {ClassTarget.MostClasses}, or 0 for a score.");
        Require(Seed >= 0, "seed", $"is {Seed}; allowed are 0 to {int.MaxValue}.");
        Require(LabelStd is > 0 and <= 100, "label std", $"is {LabelStd}; it must be above 0 and at most 100.");
        Require(LabelNoise is >= 0 and < 1, "label noise", $"is {LabelNoise}; it must be in [0, 1).");
        Require(LabelShares.Count > 0 && LabelShares.All(s => s >= 0) && Math.Abs(LabelShares.Sum() - 1) < 1e-9, "label shares", "must be 0 or more and sum to 1.");
        Require((IsLinear && Redundancy == 0) || (LabelShares.Count == 4 && LabelShares[2] == 0 && LabelShares[3] == 0), "label shares",
            "with interactions, components or redundancy there must be two of sentiment and then two of style, whose shares are 0.");
        Require(Modalities.Count is >= 2 and <= 32, "modalities", $"there are {Modalities.Count}; allowed are 2 to 32.");
        Require(Modalities.Select(m => m.Name).Distinct().Count() == Modalities.Count, "modalities", "two have the same name.");
        foreach (var m in Modalities)
        {
            Require(m.Length >= 1 && m.Width >= 1 && m.PrivateFactors >= 0 && m.NoiseStd > 0, m.Name, "length, width and noise must be positive.");
            Require(m.Views.All(v => v.Count == LabelShares.Count), m.Name, $"every view needs {LabelShares.Count} correlations, one per label share.");
            Require(m.Views.All(v => v.Sum(c => c * c) < 1), m.Name, "the squared correlations of a view must sum to less than 1.");
        }
    }

    private static void Require(bool holds, string place, string problem)
    {
        if (!holds)
        {
            throw new InputException("generated data", place, problem);
        }
    }
}
