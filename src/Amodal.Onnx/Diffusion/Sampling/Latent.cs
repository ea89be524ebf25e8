namespace Amodal.Diffusion.Sampling;

/// <summary>A batch of latents with the operators of its arithmetic, so that a sampler reads as its equation. Every operation gives a new value.</summary>
/// <param name="value">The latents, or one number a row.</param>
internal readonly struct Latent<T>(ILatentArithmetic<T> arithmetic, T value)
{
    /// <summary>What computes.</summary>
    public ILatentArithmetic<T> Arithmetic => arithmetic;

    public T Value => value;

    public static Latent<T> operator +(Latent<T> x, Latent<T> y) => new(x.Arithmetic, x.Arithmetic.Plus(x.Value, y.Value));

    public static Latent<T> operator +(Latent<T> x, Scaled<T> y) => new(x.Arithmetic, x.Arithmetic.Plus(x.Value, y.Of.Value, y.Factor));

    public static Scaled<T> operator *(Latent<T> x, double factor) => new(x, factor);

    public static Scaled<T> operator /(Latent<T> x, double divisor) => new(x, 1 / divisor);

    /// <summary>The product; y is shaped as x or has one number a row.</summary>
    public static Latent<T> operator *(Latent<T> x, Latent<T> y) => new(x.Arithmetic, x.Arithmetic.Times(x.Value, y.Value));

    /// <summary>The score at x, one network evaluation.</summary>
    public Latent<T> Score(double t) => new(arithmetic, arithmetic.Score(value, t));

    /// <summary>Fresh standard normal noise, shaped as this.</summary>
    public Latent<T> Noise() => new(arithmetic, arithmetic.Noise(value));

    /// <summary>|x| / |y| row by row: one number a row.</summary>
    public Latent<T> NormRatio(Latent<T> y) => new(arithmetic, arithmetic.NormRatio(value, y.Value));
}

/// <summary>Latents times a number that are not multiplied yet: as a term of a sum they cost no pass of their own.</summary>
internal readonly record struct Scaled<T>(Latent<T> Of, double Factor)
{
    public static implicit operator Latent<T>(Scaled<T> x) => new(x.Of.Arithmetic, x.Of.Arithmetic.Times(x.Of.Value, x.Factor));

    public static Latent<T> operator +(Scaled<T> x, Scaled<T> y) => (Latent<T>)x + y;

    public static Latent<T> operator +(Scaled<T> x, Latent<T> y) => (Latent<T>)x + y;
}
