using Amodal.Native;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Evaluation;

/// <summary>
/// The best linear prediction of missing latents from observed ones, by ridge regression: what the conditional mean is
/// where latents are jointly Gaussian, and near it elsewhere. Solved over utterances, of which there are fewer than
/// numbers in a latent. Owns its tensors.
/// </summary>
public sealed class RidgePrediction : IDisposable
{
    /// <summary>The most training utterances that are used; a random choice of more.</summary>
    public const int MostRows = 1000;

    // As shares of the mean squared length of a row; the one that predicts the validation rows best is taken.
    private static readonly double[] _penalties = [0.001, 0.01, 0.1, 1, 10];
    private readonly Tensor _rows;
    private readonly Tensor _weights;
    private readonly Tensor _inputMean;
    private readonly long[] _shape;

    private RidgePrediction(Tensor rows, Tensor weights, Tensor inputMean, Tensor average, long[] shape) =>
        (_rows, _weights, _inputMean, Average, _shape) = (rows, weights, inputMean, average, shape);

    /// <summary>The training average of the target, (1, channels, time): the prediction without any input.</summary>
    public Tensor Average { get; }

    /// <summary>Fits the prediction.</summary>
    /// <param name="inputs">Observed latents of the training rows, (row, channels, time) each.</param>
    /// <param name="target">The latent to be predicted, (row, channels, time).</param>
    /// <param name="validInputs">Observed latents of the validation rows, which choose the penalty.</param>
    /// <param name="validTarget">Their target.</param>
    /// <param name="seed">Names the choice of training rows.</param>
    public static RidgePrediction Fit(
        IReadOnlyList<Tensor> inputs, Tensor target, IReadOnlyList<Tensor> validInputs, Tensor validTarget, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var chosen = Choose((int)target.shape[0], seed, target.device);
        var x = Flat(inputs).index_select(0, chosen);
        var y = Flat([target]).index_select(0, chosen);
        var (inputMean, average) = (x.mean([0], keepdim: true), y.mean([0], keepdim: true));
        x -= inputMean;
        var gram = x.matmul(x.transpose(0, 1));
        var scale = Math.Max(gram.diagonal().mean().item<double>(), 1e-12);
        var (validX, validY) = (Flat(validInputs) - inputMean, Flat([validTarget]) - average);
        var cross = validX.matmul(x.transpose(0, 1));
        var weights = _penalties.Select(p => Solve(gram, p * scale, y - average)).MinBy(w => (cross.matmul(w) - validY).square().mean().item<double>())!;
        var shape = target.shape;
        return new RidgePrediction(x.DetachFromDisposeScope(), weights.DetachFromDisposeScope(), inputMean.DetachFromDisposeScope(),
            average.view(1, shape[1], shape[2]).clone().DetachFromDisposeScope(), shape);
    }

    /// <summary>Predicts the target of other rows.</summary>
    /// <param name="inputs">Their observed latents, as in <see cref="Fit"/>.</param>
    /// <returns>(row, channels, time), float64.</returns>
    public Tensor Predict(IReadOnlyList<Tensor> inputs)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = Flat(inputs) - _inputMean;
        return (x.matmul(_rows.transpose(0, 1)).matmul(_weights).view(-1, _shape[1], _shape[2]) + Average).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var x in new[] { _rows, _weights, _inputMean, Average })
        {
            x.Dispose();
        }
    }

    /// <summary>(X X^T + penalty I)^-1 Y.</summary>
    private static Tensor Solve(Tensor gram, double penalty, Tensor y) =>
        linalg.solve(gram.Plus(eye(gram.shape[0], dtype: ScalarType.Float64, device: gram.device), penalty), y);

    private static Tensor Flat(IReadOnlyList<Tensor> latents) => cat([.. latents.Select(l => l.to(ScalarType.Float64).flatten(1))], 1);

    private static Tensor Choose(int rows, ulong seed, Device device)
    {
        var order = Enumerable.Range(0, rows).Select(i => (long)i).ToArray();
        new StableRandom(seed, StableRandom.KeyOf("ridge-rows")).Shuffle(order.AsSpan());
        return tensor([.. order.Take(MostRows).Order()], device: device);
    }
}
