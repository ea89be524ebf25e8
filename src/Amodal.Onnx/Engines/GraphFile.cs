namespace Amodal.Engines;

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
