namespace Amodal.Methods.Baselines;

/// <summary>What predicts utterances of one observed set by networks of its own, without recovering anything: a head's outputs for each row.</summary>
internal delegate Tensor Answer(EncodedRows rows, ModalitySet observed);

/// <summary>The cheap methods that are trained with every run, and that it has to beat.</summary>
internal static class BaselineMethods
{
    /// <summary>The baselines, in the order of tables.</summary>
    public static IReadOnlyList<(string Name, Answer Answer)> Of(BaselineNetworks networks, IReadOnlyList<Modality> modalities)
    {
        return
        [
            ("majority", (rows, _) => Constant(rows)),
            ("language-only", (rows, observed) => observed.Contains(networks.Primary) ? networks.Language.Predict(rows.Features(networks.Primary)) : Constant(rows)),
            ("zero-fill", (rows, observed) => Filled(rows, observed, m => zeros_like(networks.Statistics.LatentAverage(m)))),
            ("mean-fill", (rows, observed) => Filled(rows, observed, m => networks.Statistics.LatentAverage(m).alias())),
            ("dropout-trained", (rows, observed) => networks.Dropout.Predict(
                [.. modalities.Select((_, m) => observed.Contains(m) ? rows.Features(m) : zeros_like(rows.Features(m)))])),
        ];

        Tensor Constant(EncodedRows rows) => networks.Statistics.Constant(rows.Count);

        Tensor Filled(EncodedRows rows, ModalitySet observed, Func<int, Tensor> fill) => networks.PredictFilled(
            [.. modalities.Select((_, m) => observed.Contains(m) ? rows.Latents(m) : null)], fill);
    }
}
