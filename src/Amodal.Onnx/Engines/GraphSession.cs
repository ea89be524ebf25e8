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

/// <summary>One .onnx file, ready for calls side by side, of one thread each, and for a call that has every thread.</summary>
/// <param name="path">The file; loaded for either when it is first needed.</param>
/// <param name="wide">Options for a call that is alone; the same ones where there is but one thread.</param>
internal sealed class GraphFile(string path, SessionOptions narrow, SessionOptions wide) : IDisposable
{
    private readonly GraphSession _narrow = new(path, narrow);
    private readonly GraphSession? _wide = narrow == wide ? null : new(path, wide);

    /// <summary>The session for a part of a batch, which may be alone.</summary>
    public GraphSession For(bool isAlone) => isAlone ? _wide ?? _narrow : _narrow;

    /// <summary>How sessions are run.</summary>
    /// <param name="threads">That share an operation.</param>
    public static SessionOptions OptionsFor(int threads)
    {
        var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.x64quantprecision", "1"); // int8: no saturation on x64 processors without VNNI
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); // a spinning thread beside a busy neighbour costs both
        return options;
    }

    public void Dispose()
    {
        _narrow.Dispose();
        _wide?.Dispose();
    }
}

/// <summary>Named inputs of a graph over memory of ours, which is pinned and not copied. Owns what it made, not the memory.</summary>
internal sealed class GraphInputs : IDisposable
{
    private readonly List<OrtValue> _owned = [];

    public List<string> Names { get; } = [];

    public List<OrtValue> Values { get; } = [];

    public void Add(string name, OrtValue value)
    {
        Names.Add(name);
        Values.Add(value);
    }

    public void Add(string name, Memory<float> values, params long[] shape) => Own(name, Over(values, shape));

    public void Add(string name, bool value, int rows)
    {
        var flags = new bool[rows];
        Array.Fill(flags, value);
        Add(name, flags);
    }

    public void Add(string name, bool[] values) => Own(name, OrtValue.CreateTensorValueFromMemory(values, [values.Length]));

    public void Dispose()
    {
        foreach (var value in _owned)
        {
            value.Dispose();
        }
    }

    public static OrtValue Over(Memory<float> values, params long[] shape) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values, shape);

    private void Own(string name, OrtValue value)
    {
        _owned.Add(value);
        Add(name, value);
    }
}
