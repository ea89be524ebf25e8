namespace Amodal.Runs;

/// <summary>A method of a run that predicts without recovering anything. Owns the run where it is told so.</summary>
/// <param name="certainty">How sure it is; null for a method that does not say.</param>
/// <param name="isOwner">Whether the run is disposed with this.</param>
internal sealed class AnswerMethod(TrainedRun run, MethodCard card, Answer answer, CertaintyAnswer? certainty = null, bool isOwner = false) : IMethod
{
    public MethodCard Card => card;

    public IEncodedBatch Encode(Split utterances)
    {
        utterances.CheckModalities(card.Modalities, card.Source);
        return GapBatch.Over(utterances, rows => certainty is null ? new Batch(run, rows, answer, card.Target) : new Calibrated(run, rows, answer, certainty, card));
    }

    public void Dispose()
    {
        if (isOwner)
        {
            run.Dispose();
        }
    }

    private class Batch(TrainedRun run, Split utterances, Answer answer, Target target) : IEncodedBatch
    {
        private const int PartRows = 256;
        private readonly RunEncoding _encoding = run.Lease(utterances);
        private readonly IReadOnlyList<ulong> _keys = [.. utterances.Ids.Select(StableRandom.KeyOf)];

        public int Count => utterances.Count;

        public float[] Predict(IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
        {
            var predictions = Ask(observed, target.Width, answer.Invoke, progress, stop);
            target.Decode(predictions);
            return predictions;
        }

        public void Dispose() => run.Return(utterances);

        /// <summary>Asks for some numbers of each utterance, by parts that have one observed set.</summary>
        protected float[] Ask(
            IReadOnlyList<Observation> observed, int width, Func<EncodedRows, ModalitySet, Tensor> ask, Action<int>? progress, CancellationToken stop)
        {
            using var noGradient = no_grad();
            var numbers = new float[observed.Count * width];
            foreach (var set in observed.Index().GroupBy(o => o.Item, o => o.Index))
            {
                using var scope = NewDisposeScope();
                int[] rows = [.. set];
                var index = rows.Length == observed.Count ? null : tensor(rows.Select(r => (long)r).ToArray(), device: run.Device);
                for (var start = 0; start < rows.Length; start += PartRows)
                {
                    stop.ThrowIfCancellationRequested();
                    using var inner = NewDisposeScope();
                    var part = new EncodedRows(_encoding.Features, () => _encoding.BaselineLatents, _keys, index, start, Math.Min(PartRows, rows.Length - start)) { Split = utterances, Observed = observed };
                    foreach (var (i, value) in ask(part, set.Key.Modalities).cpu().contiguous().data<float>().Index())
                    {
                        numbers[(rows[start + (i / width)] * width) + (i % width)] = value;
                    }

                    progress?.Invoke(part.Count);
                }
            }

            return numbers;
        }
    }

    private sealed class Calibrated(TrainedRun run, Split utterances, Answer answer, CertaintyAnswer certainty, MethodCard card)
        : Batch(run, utterances, answer, card.Target), ICalibratedBatch
    {
        public Certainty Certainty(IReadOnlyList<Observation> observed, int percent, CancellationToken stop = default)
        {
            var numbers = Ask(observed, 2 * card.Target.Labels, (part, set) => certainty(part, set, card.Seed, percent), progress: null, stop);
            return new Certainty([.. numbers.Where((_, i) => i % 2 == 0)], [.. numbers.Where((_, i) => i % 2 == 1)]);
        }
    }
}
