namespace Amodal.Engines;

/// <summary>One .onnx file; loaded when it is first needed.</summary>
internal sealed class GraphSession : IDisposable
{
    private static readonly RunOptions _run = new();
    private readonly string _path;
    private readonly Lazy<InferenceSession> _session;
    private readonly Lazy<HashSet<string>> _inputs;

    public GraphSession(string path, SessionOptions options)
    {
        (_path, Threads) = (path, options.IntraOpNumThreads);
        _session = new Lazy<InferenceSession>(() => Load(path, options));
        _inputs = new Lazy<HashSet<string>>(() => [.. _session.Value.InputNames]);
    }

    /// <summary>Threads that share an operation.</summary>
    public int Threads { get; }

    /// <summary>Whether the graph has an input of that name.</summary>
    public bool Takes(string name) => _inputs.Value.Contains(name);

    /// <summary>Computes one output into memory of ours.</summary>
    public void Run(GraphInputs inputs, string output, Memory<float> into, params long[] shape)
    {
        using var value = GraphInputs.Over(into, shape);
        Explaining(() => _session.Value.Run(_run, inputs.Names, inputs.Values, [output], [value]));
    }

    /// <summary>Computes outputs of any shape into memory of the runtime's.</summary>
    public IDisposableReadOnlyCollection<OrtValue> Run(GraphInputs inputs, IReadOnlyList<string> outputs)
    {
        IDisposableReadOnlyCollection<OrtValue>? values = null;
        Explaining(() => values = _session.Value.Run(_run, inputs.Names, inputs.Values, outputs));
        return values!;
    }

    public void Dispose()
    {
        if (_session.IsValueCreated)
        {
            _session.Value.Dispose();
        }
    }

    // What goes in has the sizes that the manifest says: a graph that does not take it is another's.
    private void Explaining(Action run)
    {
        try
        {
            run();
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException(_path, null, $"does not fit its manifest ({e.Message}); export the run again.", e);
        }
    }

    private static InferenceSession Load(string path, SessionOptions options)
    {
        var model = InputFile.ReadBytes(path, Array.MaxLength);
        if (OnnxWeights.NotFinite(model) is { } name)
        {
            throw new InputException(path, $"weights '{name}'", "hold NaN or infinity, with which nothing can be computed; export the run again.");
        }

        try
        {
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException(path, null, $"cannot be loaded by ONNX Runtime ({e.Message}); export the run again.", e);
        }
    }
}
