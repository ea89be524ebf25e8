namespace Amodal.Runs;

/// <summary>A method of a run that predicts without recovering anything. Owns the run where it is told so.</summary>
/// <param name="isOwner">Whether the run is disposed with this.</param>
internal sealed class AnswerMethod(TrainedRun run, MethodCard card, Answer answer, bool isOwner = false) : IMethod
{
    public MethodCard Card => card;

    public IEncodedBatch Encode(Split utterances)
    {
        utterances.CheckModalities(card.Modalities, card.Source);
        return GapBatch.Over(utterances, rows => new Batch(run, rows, answer, card.Target));
    }

    public void Dispose()
    {
        if (isOwner)
        {
            run.Dispose();
        }
    }

    private sealed class Batch(TrainedRun run, Split utterances, Answer answer, Target target) : IEncodedBatch
    {
        private const int PartRows = 256;
        private readonly RunEncoding _encoding = run.Lease(utterances);

        public int Count => utterances.Count;

        public float[] Predict(IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
        {
            using var noGradient = no_grad();
            var predictions = new float[observed.Count * target.Width];
            foreach (var set in observed.Index().GroupBy(o => o.Item, o => o.Index))
            {
                using var scope = NewDisposeScope();
                int[] rows = [.. set];
                var index = rows.Length == observed.Count ? null : tensor(rows.Select(r => (long)r).ToArray(), device: run.Device);
                for (var start = 0; start < rows.Length; start += PartRows)
                {
                    stop.ThrowIfCancellationRequested();
                    using var inner = NewDisposeScope();
                    var part = new EncodedRows(_encoding.Features, () => _encoding.BaselineLatents, index, start, Math.Min(PartRows, rows.Length - start));
                    foreach (var (i, value) in answer(part, set.Key.Modalities).cpu().contiguous().data<float>().Index())
                    {
                        predictions[(rows[start + (i / target.Width)] * target.Width) + (i % target.Width)] = value;
                    }

                    progress?.Invoke(part.Count);
                }
            }

            target.Decode(predictions);
            return predictions;
        }

        public void Dispose() => run.Return(utterances);
    }
}
