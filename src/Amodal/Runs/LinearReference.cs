namespace Amodal.Runs;

/// <summary>What ridge regression makes of a run's latents, beside which recovered ones are read; it needs utterances to be fitted on.</summary>
internal static class LinearReference
{
    private static readonly string[] _needed = ["train", "valid"];

    /// <summary>Whether the data has utterances to fit it on.</summary>
    public static bool IsPossible(DataSet data) => _needed.All(split => data.Splits.Any(s => s.Name == split && s.Count > 0));

    /// <summary>Whether a recovery costs less than <see cref="LinearRecovery.MostOperations"/>.</summary>
    public static bool IsAffordable(DataSet data, LatentStore latents, int modality, ModalitySet observed)
    {
        return data.Splits.FirstOrDefault(s => s.Name == "train") is not { } train
            || LinearRecovery.Operations(train.Count, observed.Members.Sum(Numbers), Numbers(modality)) <= LinearRecovery.MostOperations;

        long Numbers(int m) => latents.Latents[m].shape[1] * latents.Latents[m].shape[2];
    }

    /// <summary>Agreement of its recoveries with the true latents.</summary>
    /// <param name="latents">What is recovered, of the same data.</param>
    public static IReadOnlyDictionary<(int Modality, ModalitySet Observed), LatentAgreement> Of(
        TrainedRun run, DataSet data, LatentStore latents, IReadOnlyList<(int Modality, ModalitySet Observed)> keys, Action<double>? progress = null, CancellationToken stop = default)
    {
        var found = new Dictionary<(int, ModalitySet), LatentAgreement>();
        if (keys.Count == 0)
        {
            return found;
        }

        using var train = run.EncodeLatents(data, "train");
        using var valid = run.EncodeLatents(data, "valid");
        foreach (var (m, observed) in keys)
        {
            stop.ThrowIfCancellationRequested();
            using var predicted = LinearRecovery.Predict(train, valid, latents, observed, m);
            using var scope = NewDisposeScope();
            var agreement = found[(m, observed)] = new LatentAgreement();
            agreement.Add(Numbers(predicted), Numbers(latents.Latents[m]), [.. Numbers(latents.Valid[m]).Select(v => v > 0)], (int)predicted.shape[2]);
            progress?.Invoke((double)found.Count / keys.Count);
        }

        return found;

        static float[] Numbers(Tensor x) => [.. x.contiguous().cpu().data<float>()];
    }
}
