namespace Amodal.Experiments;

/// <summary>
/// What methods predicted for every utterance of a split, by observed set, in one draw. The file is a safetensors file:
/// `observed` (set) I64, the bits of the sets, which are of whole modalities; `predictions` (method, set, number) F32, the numbers of an utterance beside each other; and of methods that recover `recoveries`
/// (recovery, 3) I64 with method, modality and bits of the observed set, and `agreements` (recovery, 3, 6) F64 with
/// the sums of <see cref="LatentAgreement"/> of sampled, aligned and average latents with the true ones. Texts: `methods` and `utterances`, JSON lists.
/// </summary>
/// <param name="methods">Names of the methods.</param>
/// <param name="utterances">Ids of the utterances, in order.</param>
internal sealed class PredictionTable(IReadOnlyList<string> methods, IReadOnlyList<string> utterances)
{
    private const string Advice = "Delete the file, and it is made again.";
    private readonly Dictionary<(int Method, Observation Observed), float[]> _predictions = [];

    /// <summary>Names of the methods.</summary>
    public IReadOnlyList<string> Methods => methods;

    /// <summary>Ids of the utterances, in order.</summary>
    public IReadOnlyList<string> Utterances => utterances;

    /// <summary>How recovered latents agree with the true ones, by method, modality and observed set.</summary>
    public Dictionary<(int Method, int Modality, ModalitySet Observed), (LatentAgreement Sampled, LatentAgreement Aligned, LatentAgreement MeanFill)> Agreements { get; } = [];

    /// <summary>The predictions of one method.</summary>
    /// <param name="method">Which of <see cref="Methods"/>.</param>
    /// <param name="observed">What is observed of every utterance.</param>
    public float[] this[int method, Observation observed] => _predictions[(method, observed)];

    /// <summary>Whether there are predictions of a method from an observed set.</summary>
    public bool Has(int method, Observation observed) => _predictions.ContainsKey((method, observed));

    /// <summary>Asks methods for all their predictions.</summary>
    /// <param name="methods">The methods, of one data set.</param>
    /// <param name="split">The utterances.</param>
    /// <param name="draw">Which sample; after the first, sets without anything to sample are left out.</param>
    /// <param name="progress">What is being done, and the share of it done.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static PredictionTable Make(IReadOnlyList<IMethod> methods, Split split, int draw, Action<string, double>? progress, CancellationToken stop)
    {
        var table = new PredictionTable([.. methods.Select(m => m.Card.Name)], split.Ids);
        var names = methods[0].Card.Modalities.Select(m => m.Name).ToList();
        foreach (var (i, method) in methods.Index())
        {
            using var run = new MethodRun(method, split);
            foreach (var observed in Patterns.All(names.Count).Where(o => draw == 0 || run.IsSampled(o)))
            {
                var (what, done) = ($"from {observed.Describe(names)}", 0);
                table._predictions[(i, observed)] = run.Draw(observed, draw, count => progress?.Invoke(what, (double)(done += count) / split.Count), stop);
                progress?.Invoke(what, 1);
            }

            foreach (var (key, found) in run.Agreements)
            {
                table.Agreements[(i, key.Modality, key.Observed)] = found;
            }
        }

        return table;
    }

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Write(string path)
    {
        using var scope = NewDisposeScope();
        var sets = _predictions.Keys.Select(k => k.Observed).Distinct().ToList();
        var recoveries = Agreements.OrderBy(a => a.Key.Method).ThenBy(a => a.Key.Modality).ThenBy(a => a.Key.Observed.Bits).ToList();
        float[] predictions = [.. Methods.Index().SelectMany(m => sets.SelectMany(o => _predictions[(m.Index, o)]))];
        double[] sums = [.. recoveries.SelectMany(r => new[] { r.Value.Sampled, r.Value.Aligned, r.Value.MeanFill }).SelectMany(a => a.Sums)];
        SafeTensors.Write(path, new Dictionary<string, Tensor>
        {
            ["observed"] = tensor(sets.Select(o => (long)o.Modalities.Bits).ToArray()),
            ["predictions"] = tensor(predictions).reshape(Methods.Count, sets.Count, predictions.Length / Math.Max(1, Methods.Count * sets.Count)),
            ["recoveries"] = tensor(recoveries.SelectMany(r => new long[] { r.Key.Method, r.Key.Modality, r.Key.Observed.Bits }).ToArray()).reshape(-1, 3),
            ["agreements"] = tensor(sums).reshape(recoveries.Count, 3, 6),
        }, new Dictionary<string, string> { ["methods"] = JsonFile.ToLine(Methods), ["utterances"] = JsonFile.ToLine(Utterances) });
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static PredictionTable Read(string path)
    {
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.Read(path, out var texts);
        var table = new PredictionTable(Texts("methods"), Texts("utterances"));
        var sets = Numbers<long>("observed", -1);
        var predictions = Numbers<float>("predictions", table.Methods.Count, sets.Length, -1);
        var count = predictions.Length / Math.Max(1, table.Methods.Count * sets.Length);
        foreach (var (at, (method, set)) in Enumerable.Range(0, table.Methods.Count).SelectMany(m => sets.Select(s => (m, s))).Index())
        {
            table._predictions[(method, new ModalitySet((uint)set))] = predictions[(at * count)..((at + 1) * count)];
        }

        var recoveries = Numbers<long>("recoveries", -1, 3);
        var sums = Numbers<double>("agreements", recoveries.Length / 3, 3, 6);
        foreach (var (at, key) in recoveries.Chunk(3).Index())
        {
            var parts = sums[(at * 18)..((at + 1) * 18)].Chunk(6).Select(s => new LatentAgreement { Sums = s }).ToList();
            table.Agreements[((int)key[0], (int)key[1], new ModalitySet((uint)key[2]))] = (parts[0], parts[1], parts[2]);
        }

        return table;

        string[] Texts(string name) => JsonFile.Parse<string[]>(texts.GetValueOrDefault(name, "null"), path, $"metadata '{name}'", "a list of texts", Advice);

        T[] Numbers<T>(string name, params long[] shape)
            where T : unmanaged => tensors.TryGetValue(name, out var x) && x.shape.Length == shape.Length && x.shape.Zip(shape).All(s => s.Second is -1 || s.First == s.Second)
                && x.dtype == (typeof(T) == typeof(float) ? ScalarType.Float32 : typeof(T) == typeof(double) ? ScalarType.Float64 : ScalarType.Int64)
                ? x.numel() == 0 ? [] : x.data<T>().ToArray()
                : throw new InputException(path, SafeTensorsHeader.Tensor(name), $"is missing, or not as a table of predictions has it. {Advice}");
    }
}
