
namespace Amodal.Methods.LinearFirst;

/// <summary>Settings of the method linear-first: what is linear in closed form, then a network that learns the rest.</summary>
public sealed record LinearFirstOptions
{
    /// <summary>Most principal components of a modality's features, flattened over time; fewer features are taken as they are.</summary>
    [Range(1, 4096)]
    public int Components { get; init; } = 512;

    /// <summary>What the predictor gets in place of a missing modality.</summary>
    public LinearFill Fill { get; init; }

    /// <summary>How the conditional mean of a missing modality is recovered.</summary>
    public LinearMeans Means { get; init; }

    /// <summary>The linear part of the prediction, which the network is added to.</summary>
    public LinearPart Linear { get; init; }

    /// <summary>Width of the network's hidden layers; 0 for none, the linear part alone.</summary>
    [Range(0, 4096)]
    public int Width { get; init; } = 96;

    /// <summary>Whether the network is told which modalities are observed.</summary>
    public bool Flags { get; init; } = true;

    /// <summary>
    /// What the answer of a teacher, which sees all that is there, weighs in the loss, beside the labels' 1 less it; rows without a
    /// label count by it alone. The network is trained with it and without, and validation chooses. 0 for no teacher.
    /// </summary>
    [Range(0, 1)]
    public double Teacher { get; init; } = 0.7;

    /// <summary>
    /// Where the draws come from that say how sure a prediction is: the Gaussian in closed form, or a diffusion that begins at it, with a network
    /// of the same width and training, kept only where validation says so.
    /// </summary>
    public LinearDraws Draws { get; init; }

    /// <summary>Networks whose answers are averaged.</summary>
    [Range(1, 16)]
    public int Members { get; init; } = 1;

    /// <summary>
    /// Whether the strong ways without recovery are trained beside it, on the same numbers in the same steps, as rows of every table:
    /// ridge, ridge-residual, dropout-network, dropout-ensemble, distilled.
    /// </summary>
    public bool Rivals { get; init; }

    /// <summary>Dropout of its hidden layers.</summary>
    [Range(0, 0.95)]
    public double Dropout { get; init; } = 0.2;

    /// <summary>Optimiser steps.</summary>
    [Range(1, 10_000_000)]
    public int Steps { get; init; } = 1200;

    /// <summary>Utterances in a step, each with a random observed set.</summary>
    [Range(1, 65536)]
    public int BatchSize { get; init; } = 128;

    /// <summary>Adam's highest learning rate: it rises to it in the first twentieth of the steps, and falls to 0 by half a cosine.</summary>
    [Range(1e-8, 1)]
    public double LearningRate { get; init; } = 0.002;

    /// <summary>Adam's weight decay (added to the gradient).</summary>
    [Range(0, 1)]
    public double WeightDecay { get; init; }

    /// <summary>Decay of the moving average of the weights, which is what is kept.</summary>
    [Range(0, 0.99999)]
    public double EmaDecay { get; init; } = 0.995;
}

/// <summary>What takes the place of a missing modality.</summary>
public enum LinearFill
{
    /// <summary>Its conditional mean, given what is observed.</summary>
    Means,

    /// <summary>The training average, which is zero.</summary>
    Zeros,
}

/// <summary>How a conditional mean is recovered.</summary>
public enum LinearMeans
{
    /// <summary>Of the next two the one whose predictions with a network are better on validation; the first without a network.</summary>
    Chosen,

    /// <summary>By ridge regression, which is that of one Gaussian.</summary>
    Ridge,

    /// <summary>
    /// By a mixture of Gaussians, which corrects the ridge means in the leading principal components, as far as the validation split says; with as
    /// many Gaussians as it finds likeliest. Not at all where one Gaussian is likelier, or too few training rows have every modality.
    /// </summary>
    Mixture,
}

/// <summary>Where joint draws of what is missing come from.</summary>
public enum LinearDraws
{
    /// <summary>The Gaussian of the recovered mean and the residual covariance.</summary>
    ClosedForm,

    /// <summary>The same, and a network from zero that learns what is not Gaussian.</summary>
    Diffusion,
}

/// <summary>The linear part of a prediction.</summary>
public enum LinearPart
{
    /// <summary>Of the next two the one whose predictions are better on validation, over all sets; the first where rows lack their label.</summary>
    Chosen,

    /// <summary>One ridge regression on complete rows, applied to what is filled, and frozen.</summary>
    Filled,

    /// <summary>A ridge regression from what is observed for every observed set, and frozen.</summary>
    PerSet,

    /// <summary>A layer from zero, trained with the network.</summary>
    Trained,
}
