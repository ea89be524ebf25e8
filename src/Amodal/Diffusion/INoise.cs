namespace Amodal.Diffusion;

/// <summary>A source of standard normal noise. Every draw moves it on.</summary>
public interface INoise
{
    /// <summary>Fresh noise of the shape, type and device of x, (batch, channels, time).</summary>
    Tensor Like(Tensor x);
}
