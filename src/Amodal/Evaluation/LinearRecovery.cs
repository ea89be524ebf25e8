using Amodal.Latents;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Evaluation;

/// <summary>
/// Ridge regression from observed latents to a missing one: how much of it the others tell, as far as a line can say.
/// Where it finds nothing, no recovery can be blamed for finding nothing; where latents are jointly Gaussian (generated
/// data), it estimates the conditional mean, which nothing beats in mean square error.
/// </summary>
/// <remarks>
/// With r the correlation of the conditional mean with the truth, one perfect sample of the conditional correlates with
/// it by r^2 and errs by sqrt(2 (1 - r^2)) deviations, the mean by sqrt(1 - r^2).
/// </remarks>
public static class LinearRecovery
{
    /// <summary>Penalties tried, in units of the mean square of an observed feature times the training rows.</summary>
    private static readonly double[] _penalties = [1e-3, 1e-2, 0.1, 1, 10, 100];

    /// <summary>Fits on one store, chooses the penalty on another, predicts a third.</summary>
    /// <param name="train">Where the weights come from.</param>
    /// <param name="valid">Where the penalty is chosen, by mean square error.</param>
    /// <param name="rows">What is predicted.</param>
    /// <param name="observed">The observed set, not empty.</param>
    /// <param name="modality">A missing modality.</param>
    /// <returns>Standardised latents, (row, channels, time).</returns>
    public static Tensor Predict(LatentStore train, LatentStore valid, LatentStore rows, ModalitySet observed, int modality)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(valid);
        ArgumentNullException.ThrowIfNull(rows);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (x, y) = (Flat(train, observed), Flat(train.Latents[modality]));
        var (meanX, meanY) = (x.mean([0], keepdim: true), y.mean([0], keepdim: true));
        var centred = x - meanX;
        var gram = centred.t().matmul(centred);
        var cross = centred.t().matmul(y - meanY);
        var unit = gram.trace().item<double>() / gram.shape[0];
        var (validX, validY) = (Flat(valid, observed) - meanX, Flat(valid.Latents[modality]) - meanY);
        var best = _penalties.Select(Solve).MinBy(w => (validX.matmul(w) - validY).square().mean().item<double>())!;
        var answer = meanY + (Flat(rows, observed) - meanX).matmul(best);
        return answer.to(ScalarType.Float32).view_as(rows.Latents[modality]).MoveToOuterDisposeScope();

        Tensor Solve(double penalty) => linalg.solve(gram + (eye(gram.shape[0], dtype: ScalarType.Float64, device: gram.device) * (penalty * unit)), cross);
    }

    private static Tensor Flat(LatentStore store, ModalitySet observed) => cat([.. observed.Members.Select(m => Flat(store.Latents[m]))], 1);

    private static Tensor Flat(Tensor latent) => latent.flatten(1).to(ScalarType.Float64);
}
