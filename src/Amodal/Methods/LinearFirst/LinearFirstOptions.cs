
namespace Amodal.Methods.LinearFirst;

/// <summary>Settings of the method linear-first: what is linear in closed form, then a network that learns the rest.</summary>
public sealed record LinearFirstOptions
{
    /// <summary>Most principal components of a modality's features, flattened over time; fewer features are taken as they are.</summary>
    [Range(1, 4096)]
    public int Components { get; init; } = 512;

    /// <summary>Width of the network's hidden layers; 0 for none, the closed form alone.</summary>
    [Range(0, 4096)]
    public int Width { get; init; } = 96;

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
