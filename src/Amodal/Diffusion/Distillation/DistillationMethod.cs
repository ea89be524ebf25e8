namespace Amodal.Diffusion.Distillation;

/// <summary>How a student learns to do in a few evaluations what its teacher does in many.</summary>
public enum DistillationMethod
{
    /// <summary>Not at all: there is no student.</summary>
    None,

    /// <summary>Progressive distillation: two steps in one, again and again (Salimans and Ho 2022).</summary>
    Progressive,

    /// <summary>Consistency distillation (Song et al. 2023), one for each step of the student (Heek, Hoogeboom and Salimans 2024).</summary>
    Consistency,
}
