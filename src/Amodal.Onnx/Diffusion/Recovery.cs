namespace Amodal.Diffusion;

/// <summary>How several missing modalities of one utterance are recovered.</summary>
public enum Recovery
{
    /// <summary>Each from the observed ones only (the thesis).</summary>
    Separate,

    /// <summary>Together: each also sees the others' current x_t (UniDiffuser, Bao et al. 2023).</summary>
    Joint,

    /// <summary>Not at all: each is the training mean, 0 after standardisation, and no score network is trained (thesis, table 6.12).</summary>
    None,
}

/// <summary>What a score or a noise prediction says of x_0, in coefficients: of any arithmetic.</summary>
internal static class DenoisedForms
{
    /// <summary>The coefficients of x and s in x0 = (x + std^2 s) / alpha.</summary>
    internal static (double OfX, double OfScore) DenoisedFromScore(this IProcess process, double t)
    {
        var (alpha, std) = (process.Alpha(t), process.Std(t));
        return (1 / alpha, std * std / alpha);
    }

    /// <summary>The coefficients of x and e in x0 = (x - std e) / alpha.</summary>
    internal static (double OfX, double OfNoise) DenoisedFromNoise(this IProcess process, double t)
    {
        var (alpha, std) = (process.Alpha(t), process.Std(t));
        return (1 / alpha, -std / alpha);
    }
}
