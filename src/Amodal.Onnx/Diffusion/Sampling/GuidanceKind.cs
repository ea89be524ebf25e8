namespace Amodal.Diffusion.Sampling;

/// <summary>What guides a sampler.</summary>
public enum GuidanceKind
{
    /// <summary>What the networks answer with conditions, less what they answer without (Ho and Salimans 2022).</summary>
    ClassifierFree,

    /// <summary>The gradient of classifiers of noisy latents (Dhariwal and Nichol 2021).</summary>
    Classifier,
}
