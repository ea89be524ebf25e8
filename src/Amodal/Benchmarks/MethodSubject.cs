namespace Amodal.Benchmarks;

/// <summary>A method that recovers nothing to be seen, on random features: its whole path is what is timed. Owns the methods that it opens.</summary>
/// <param name="open">Opens the method for a number of threads.</param>
internal sealed class MethodSubject(string name, string engine, Func<int, IMethod> open) : IBenchSubject
{
    private readonly int _torchThreads = get_num_threads();
    private readonly Dictionary<int, IMethod> _methods = new() { [0] = open(0) }; // by threads, which a session of ONNX Runtime has for its life
    private readonly Dictionary<int, Split> _batches = [];
    private int _threads;

    public string Name => name;

    public string Engine => engine;

    public int MostMissing => Method.Card.Modalities.Count - 1;

    public int? Nfe => 0;

    public string? Sampling => null;

    public bool HasRecovery => false;

    public bool HasPath => true;

    public long? Operations(int missing) => null;

    public void UseThreads(int threads)
    {
        if (engine == BenchSubjects.Torch)
        {
            TorchThreads.Use(threads);
            return;
        }

        _threads = threads;
        if (!_methods.ContainsKey(threads))
        {
            _methods[threads] = open(threads);
        }
    }

    public void Prepare(int batch) => _ = Batch(batch);

    public void Recover(int batch, int missing, CancellationToken stop) => throw new NotSupportedException();

    public void Predict(int batch, int missing, CancellationToken stop) => _ = Predictions(batch, missing, stop);

    /// <summary>What is predicted, a head's width of numbers per row.</summary>
    internal float[] Predictions(int batch, int missing, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(missing);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(missing, MostMissing);
        Observation observed = ModalitySet.All(MostMissing + 1).Without(ModalitySet.All(missing));
        using var encoded = Method.Encode(Batch(batch));
        return encoded.Predict([.. Enumerable.Repeat(observed, batch)], stop: stop);
    }

    public void Dispose()
    {
        set_num_threads(_torchThreads); // as it was found
        foreach (var method in _methods.Values)
        {
            method.Dispose();
        }
    }

    private IMethod Method => _methods[_threads];

    private Split Batch(int size) => _batches.TryGetValue(size, out var batch) ? batch : _batches[size] = RandomUtterances.Draw(Method.Card.Modalities, size);
}
