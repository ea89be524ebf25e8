using Amodal.Data;
using Amodal.Evaluation;
using Amodal.Methods;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Runs;

/// <summary>The cheap methods that are trained with every run, and that it has to beat.</summary>
public static class RunBaselines
{
    private delegate Tensor Answer(Part part, ModalitySet observed);

    /// <summary>The baselines of a run, in the order of tables; none where the run has none. They do not own the run.</summary>
    public static IReadOnlyList<IMethod> Of(TrainedRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var baselines = run.Baselines;
        return !run.HasBaselines ? [] :
        [
            Method("majority", (part, _) => Constant(part)),
            Method(BaselineNames.LanguageOnly, (part, observed) => observed.Contains(baselines.Primary) ? baselines.Language.Predict(part.Features(baselines.Primary)) : Constant(part)),
            Method("zero-fill", (part, observed) => Filled(part, observed, m => zeros_like(baselines.Statistics.LatentAverage(m)))),
            Method("mean-fill", (part, observed) => Filled(part, observed, m => baselines.Statistics.LatentAverage(m).alias())),
            Method("dropout-trained", (part, observed) => baselines.Dropout.Predict(
                [.. run.Manifest.Modalities.Select((_, m) => observed.Contains(m) ? part.Features(m) : zeros_like(part.Features(m)))])),
        ];

        Baseline Method(string name, Answer answer)
        {
            var title = BaselineNames.TitleOf(name, [.. run.Manifest.Modalities.Select(m => m.Name)], baselines.Primary);
            return new Baseline(run, new MethodCard(title, run.Manifest.Modalities) { Source = run.Directory.Path, Seed = (ulong)run.Options.Seed }, answer);
        }

        Tensor Constant(Part part) => tensor(Enumerable.Repeat(baselines.Statistics.Constant, part.Count).ToArray());

        // The classifier that only saw complete data, with a constant in each missing latent's place.
        Tensor Filled(Part part, ModalitySet observed, Func<int, Tensor> fill) =>
            baselines.Complete.Fusion.Predict([.. run.Manifest.Modalities.Select((_, m) => observed.Contains(m)
                ? baselines.LatentScale.Restore(m, part.Latents(m))
                : fill(m).unsqueeze(0).expand(part.Count, -1, -1))]);
    }

    /// <summary>Some of the utterances, of one observed set.</summary>
    private sealed record Part(RunEncoding Encoding, Tensor? Index, int Start, int Count)
    {
        public Tensor Features(int modality) => Rows(Encoding.Features.Values[modality]);

        public Tensor Latents(int modality) => Rows(Encoding.BaselineLatents.Latents[modality]);

        private Tensor Rows(Tensor x) => Index is null ? x.narrow(0, Start, Count) : x.index_select(0, Index.narrow(0, Start, Count));
    }

    private sealed class Baseline(TrainedRun run, MethodCard card, Answer answer) : IMethod
    {
        public MethodCard Card => card;

        public IEncodedBatch Encode(Split utterances)
        {
            utterances.CheckModalities(card.Modalities, card.Source);
            return new Batch(run, utterances, answer);
        }

        public void Dispose()
        {
            // the run owns the networks
        }
    }

    private sealed class Batch(TrainedRun run, Split utterances, Answer answer) : IEncodedBatch
    {
        private const int PartRows = 256;
        private readonly RunEncoding _encoding = run.Lease(utterances);

        public int Count => utterances.Count;

        public float[] Predict(IReadOnlyList<ModalitySet> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
        {
            using var noGradient = no_grad();
            var predictions = new float[observed.Count];
            foreach (var set in observed.Index().GroupBy(o => o.Item, o => o.Index))
            {
                using var scope = NewDisposeScope();
                int[] rows = [.. set];
                var index = rows.Length == observed.Count ? null : tensor(rows.Select(r => (long)r).ToArray(), device: run.Device);
                for (var start = 0; start < rows.Length; start += PartRows)
                {
                    stop.ThrowIfCancellationRequested();
                    using var inner = NewDisposeScope();
                    var part = new Part(_encoding, index, start, Math.Min(PartRows, rows.Length - start));
                    foreach (var (i, value) in answer(part, set.Key).cpu().data<float>().Index())
                    {
                        predictions[rows[start + i]] = value;
                    }

                    progress?.Invoke(part.Count);
                }
            }

            return predictions;
        }

        public void Dispose() => run.Return(utterances);
    }
}
