using Amodal.Export.Graphs;
using static TorchSharp.torch;

namespace Amodal.Tests.Export;

/// <summary>A score network's graph, or both of its graphs, in ONNX Runtime.</summary>
internal sealed class OnnxScore(ScoreGraph graphs) : IDisposable
{
    private readonly OnnxRun? _score = graphs.Score is null ? null : new OnnxRun(graphs.Score);
    private readonly OnnxRun? _context = graphs.Context is null ? null : new OnnxRun(graphs.Context);
    private readonly OnnxRun? _step = graphs.Step is null ? null : new OnnxRun(graphs.Step);

    /// <summary>Everything that a graph gave: the answer is "raw".</summary>
    public Dictionary<string, Tensor> Run((string Name, Tensor Value)[] inputs)
    {
        if (_score is not null)
        {
            return _score.Run(inputs);
        }

        var context = _context!.Run([.. inputs.Where(i => i.Name is not ("x" or "t"))]);
        context["raw"] = _step!.Run([.. inputs.Where(i => i.Name is "x" or "t"), .. context.Select(c => (c.Key, c.Value))])["raw"];
        return context;
    }

    public void Dispose()
    {
        _score?.Dispose();
        _context?.Dispose();
        _step?.Dispose();
    }
}
