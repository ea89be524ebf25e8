namespace Amodal.Engines;

/// <summary>
/// An exported method that answers by one graph, computed by ONNX Runtime; it shows no recovery. Nothing of libtorch is loaded. Owns
/// its sessions. Safe for several threads.
/// </summary>
public sealed class OnnxAnswer : IMethod
{
    private readonly RowParts _parts;
    private readonly SessionOptions _narrow;
    private readonly SessionOptions _wide;
    private readonly GraphFile _graph;
    private readonly GraphFile? _certainty;

    private OnnxAnswer(string folder, AnswerManifest manifest, string? name, int threads)
    {
        (_parts, _narrow) = (new RowParts(threads), GraphFile.OptionsFor(threads: 1));
        _wide = threads == 1 ? _narrow : GraphFile.OptionsFor(threads);
        _graph = new GraphFile(Path.Combine(folder, manifest.Answer), _narrow, _wide);
        _certainty = manifest.Certainty is null ? null : new GraphFile(Path.Combine(folder, manifest.Certainty), _narrow, _wide);
        Card = new MethodCard(name ?? Path.GetFileName(Path.GetFullPath(folder)), manifest.Modalities)
        {
            Source = folder,
            Target = (manifest.Target ?? Target.Score.Spec).ToTarget(folder),
            PaddedInFront = manifest.PaddedInFront ?? [],
            Seed = manifest.Seed,
            Facts = [("engine", "ONNX Runtime"), ("versions", manifest.Producer)],
        };
    }

    /// <summary>Opens the folder of an exported method; loads its graph when it is first needed.</summary>
    /// <param name="folder">What `amodal export` made.</param>
    /// <param name="threads">Parts of a batch that are worked on side by side; for a single utterance, threads of the graph. 0 takes one per core; at most <see cref="ThreadCount.Most"/>.</param>
    /// <param name="name">Its name in tables; null takes the folder's.</param>
    /// <exception cref="InputException">It is no export of a method that answers by one graph, or the graph is missing.</exception>
    public static OnnxAnswer Load(string folder, int threads = 0, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, ThreadCount.Most);
        return new OnnxAnswer(folder, AnswerManifest.Read(folder), name, threads > 0 ? threads : Environment.ProcessorCount);
    }

    /// <inheritdoc/>
    public MethodCard Card { get; }

    /// <inheritdoc/>
    public IEncodedBatch Encode(Split utterances)
    {
        ArgumentNullException.ThrowIfNull(utterances);
        utterances.CheckModalities(Card.Modalities, Card.Source);
        return GapBatch.Over(utterances, rows => _certainty is null ? new Batch(this, rows) : new Calibrated(this, rows, _certainty));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _graph.Dispose();
        _certainty?.Dispose();
        _narrow.Dispose();
        _wide.Dispose();
    }

    private class Batch(OnnxAnswer method, Split utterances) : IEncodedBatch
    {
        private readonly Target _target = method.Card.Target;

        public int Count => utterances.Count;

        public float[] Predict(IReadOnlyList<Observation> observed, int draw = 0, Action<int>? progress = null, CancellationToken stop = default)
        {
            var predictions = Ask(method._graph, "prediction", _target.Width == 1 ? [] : [_target.Width], observed, level: null, progress, stop);
            _target.Decode(predictions);
            return predictions;
        }

        public void Dispose()
        {
            // plain memory
        }

        /// <summary>Asks a graph for some numbers of each utterance, by parts that have one observed set.</summary>
        /// <param name="shape">Of an utterance's numbers; empty for one.</param>
        /// <param name="level">What the graph is told beside the utterances; null for nothing.</param>
        protected float[] Ask(GraphFile graph, string output, long[] shape, IReadOnlyList<Observation> observed, float? level, Action<int>? progress, CancellationToken stop)
        {
            var width = (int)shape.Aggregate(1L, (a, b) => a * b);
            var numbers = new float[observed.Count * width];
            foreach (var set in observed.Index().GroupBy(o => o.Item.Modalities, o => o.Index))
            {
                int[] rows = [.. set];
                var isAll = rows.Length == observed.Count;
                var outputs = isAll ? numbers : new float[rows.Length * width];
                Ask(graph, output, shape, rows, set.Key, isAll, level, outputs, progress, stop);
                for (var i = 0; !isAll && i < rows.Length; i++)
                {
                    outputs.AsSpan(i * width, width).CopyTo(numbers.AsSpan(rows[i] * width));
                }
            }

            return numbers;
        }

        private void Ask(
            GraphFile graph, string output, long[] shape, int[] rows, ModalitySet observed, bool isAll, float? level, float[] outputs, Action<int>? progress, CancellationToken stop)
        {
            var width = outputs.Length / rows.Length;
            var flags = utterances.Features.Select((_, m) => observed.Contains(m) ? 1f : 0f).ToArray();
            method._parts.ForEach(rows.Length, part =>
            {
                stop.ThrowIfCancellationRequested();
                using var inputs = new GraphInputs();
                foreach (var (m, features) in utterances.Features.Index())
                {
                    var size = features.Modality.RowSize;
                    var values = isAll ? features.Values.AsMemory(part.Start * size, part.Count * size) : Gather(features, rows.AsSpan(part.Start, part.Count));
                    inputs.Add($"features{m}", values, part.Count, features.Modality.Length, features.Modality.Width);
                }

                inputs.Add("observed", flags, flags.Length);
                if (level is { } percent)
                {
                    inputs.Add("level", new[] { percent }, 1);
                }

                graph.For(part.IsAlone).Run(inputs, output, outputs.AsMemory(part.Start * width, part.Count * width), [part.Count, .. shape]);
                progress?.Invoke(part.Count);
            });
        }

        private static Memory<float> Gather(FeatureArray features, ReadOnlySpan<int> rows)
        {
            var gathered = new float[rows.Length * features.Modality.RowSize];
            for (var i = 0; i < rows.Length; i++)
            {
                features.Row(rows[i]).CopyTo(gathered.AsSpan(i * features.Modality.RowSize));
            }

            return gathered;
        }
    }

    private sealed class Calibrated(OnnxAnswer method, Split utterances, GraphFile graph) : Batch(method, utterances), ICalibratedBatch
    {
        private readonly int _labels = method.Card.Target.Labels;

        public Certainty Certainty(IReadOnlyList<Observation> observed, int percent, CancellationToken stop = default)
        {
            var numbers = Ask(graph, "certainty", [_labels, 2], observed, percent, progress: null, stop);
            return new Certainty(
                [.. numbers.Where((_, i) => i % 2 == 0)], [.. numbers.Where((_, i) => i % 2 == 1).Select(m => m == float.MaxValue ? float.PositiveInfinity : m)]);
        }
    }
}
