using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Prediction;
using static TorchSharp.torch;

namespace Amodal.Evaluation;

/// <summary>The method and its floors over one encoded split, as prediction tables; several folds are pooled by their caller.</summary>
/// <param name="method">The trained method.</param>
/// <param name="path">Its recovery with a sampler.</param>
/// <param name="latents">The split's latents, as the method encodes them.</param>
/// <param name="floors">The networks of the floors.</param>
/// <param name="features">The split's standardised features.</param>
/// <param name="floorLatents">The split's latents, as the floors' classifier encodes them.</param>
public sealed class ModelEvaluation(
    IRecoveryModel method, LatentPath<Tensor> path, LatentStore latents, FloorModels floors, FeatureTensors features, LatentStore floorLatents)
{
    private const int BatchRows = 256;
    private const string LanguageOnly = "language-only";
    private const string OneModality = "one-modality";

    /// <summary>Evaluates our method, whose first stage is one of the floors.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="path">Its recovery with a sampler.</param>
    /// <param name="features">The split's standardised features.</param>
    /// <param name="latents">The split's latents.</param>
    public ModelEvaluation(AmodalModel model, LatentPath<Tensor> path, FeatureTensors features, LatentStore latents)
        : this(model, path, latents, model.Floors, features, latents)
    {
    }

    /// <summary>Names of the floors, in the order of tables.</summary>
    public static IReadOnlyList<string> FloorNames { get; } = ["majority", LanguageOnly, "zero-fill", "mean-fill", "dropout-trained"];

    /// <summary>The floor that a table calls so: "language-only (glove)" is language-only. Null for other methods.</summary>
    /// <param name="method">A method's name in a table.</param>
    public static string? FloorOf(string method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return FloorNames.Contains(method) ? method
            : method.StartsWith(LanguageOnly + " (", StringComparison.Ordinal) || method.StartsWith(OneModality + " (", StringComparison.Ordinal) ? LanguageOnly : null;
    }

    /// <summary>What tables call a floor; that of one modality says which, and whether that is the language.</summary>
    /// <param name="floor">One of <see cref="FloorNames"/>.</param>
    /// <param name="modalities">The data's modalities.</param>
    /// <param name="primary">The modality of the floor that sees one only.</param>
    public static string TitleOf(string floor, IReadOnlyList<string> modalities, int primary)
    {
        ArgumentNullException.ThrowIfNull(modalities);
        return floor != LanguageOnly ? floor
            : $"{(new ModalityRoles(modalities).Of(ModalityRoles.Language) == primary ? LanguageOnly : OneModality)} ({modalities[primary]})";
    }

    /// <summary>Agreement of recovered and true latents by (modality, observed set), sampled, aligned and mean-filled; filled as patterns are predicted.</summary>
    public Dictionary<(int Modality, ModalitySet Observed), (LatentAgreement Sampled, LatentAgreement Aligned, LatentAgreement MeanFill)> Agreements { get; } = [];

    /// <summary>The full method: recover, align, fuse.</summary>
    /// <param name="observed">What is observed.</param>
    /// <param name="samples">Recoveries whose predictions are averaged; the latents of the first are compared with the truth.</param>
    /// <param name="progress">Called with utterances recovered.</param>
    /// <param name="stop">Ends the work.</param>
    public float[] Method(ModalitySet observed, int samples, Action<int>? progress, CancellationToken stop)
    {
        var draws = Enumerable.Range(0, observed.Count == latents.Latents.Count ? 1 : samples).Select(draw => Draw(observed, draw, progress, stop)).ToList();
        return [.. Enumerable.Range(0, latents.Count).Select(row => draws.Average(d => d[row]))];
    }

    /// <summary>A floor's predictions.</summary>
    /// <param name="name">One of <see cref="FloorNames"/>.</param>
    /// <param name="observed">What is observed.</param>
    public float[] Floor(string name, ModalitySet observed)
    {
        using var noGradient = no_grad();
        return name switch
        {
            "majority" => Constant(),
            LanguageOnly => observed.Contains(floors.Primary)
                ? InBatches((start, count) => floors.Language.Predict(features.Values[floors.Primary].narrow(0, start, count)))
                : Constant(),
            "zero-fill" => Filled(observed, m => zeros_like(floors.Statistics.LatentAverage(m))),
            "mean-fill" => Filled(observed, m => floors.Statistics.LatentAverage(m).alias()),
            "dropout-trained" => InBatches((start, count) => floors.Dropout.Predict([.. features.Values.Select((x, m) =>
                observed.Contains(m) ? x.narrow(0, start, count) : zeros_like(x.narrow(0, start, count)))])),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not a floor"),
        };
    }

    private float[] Draw(ModalitySet observed, int draw, Action<int>? progress, CancellationToken stop)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var sampled = path.Complete(latents, observed, draw, progress, stop);
        var aligned = path.Align(sampled, observed);
        if (draw == 0)
        {
            Compare(observed, sampled, aligned);
        }

        return path.Fuse(aligned, observed);
    }

    private float[] Constant() => [.. Enumerable.Repeat(floors.Statistics.Constant, latents.Count)];

    /// <summary>The classifier that only saw complete data, with a constant in each missing latent's place.</summary>
    private float[] Filled(ModalitySet observed, Func<int, Tensor> fill) => InBatches((start, count) =>
        floors.Complete.Fusion.Predict([.. floorLatents.Latents.Select((x, m) => observed.Contains(m)
            ? floors.LatentScale.Restore(m, x.narrow(0, start, count))
            : fill(m).unsqueeze(0).expand(count, -1, -1))]));

    private float[] InBatches(Func<int, int, Tensor> predict)
    {
        using var scope = NewDisposeScope();
        var parts = new List<float>();
        for (var start = 0; start < latents.Count; start += BatchRows)
        {
            using var inner = NewDisposeScope();
            parts.AddRange(predict(start, Math.Min(BatchRows, latents.Count - start)).cpu().data<float>());
        }

        return [.. parts];
    }

    private void Compare(ModalitySet observed, IReadOnlyList<Tensor> sampled, IReadOnlyList<Tensor> aligned)
    {
        foreach (var m in ModalitySet.All(sampled.Count).Without(observed).Members)
        {
            using var scope = NewDisposeScope();
            var agreement = (Sampled: new LatentAgreement(), Aligned: new LatentAgreement(), MeanFill: new LatentAgreement());
            agreement.Sampled.Add(sampled[m], latents.Latents[m], latents.Valid[m]);
            agreement.Aligned.Add(aligned[m], latents.Latents[m], latents.Valid[m]);
            agreement.MeanFill.Add(method.AverageLatent(m).expand_as(latents.Latents[m]), latents.Latents[m], latents.Valid[m]);
            Agreements[(m, observed)] = agreement;
        }
    }
}
