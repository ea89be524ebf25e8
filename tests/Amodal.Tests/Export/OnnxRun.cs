using Amodal.Export.Onnx;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Amodal.Tests.Export;

/// <summary>A graph in ONNX Runtime, one thread.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly InferenceSession _session;

    public OnnxRun(OnnxGraph graph)
        : this(graph.ToArray())
    {
    }

    public OnnxRun(byte[] model)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _session = new InferenceSession(model, options);
    }

    /// <summary>All outputs by name; inputs are float or bool tensors.</summary>
    public Dictionary<string, Tensor> Run(params (string Name, Tensor Value)[] inputs)
    {
        var values = inputs.ToDictionary(i => i.Name, i => i.Value.dtype == ScalarType.Bool
            ? OrtValue.CreateTensorValueFromMemory(i.Value.data<bool>().ToArray(), i.Value.shape)
            : OrtValue.CreateTensorValueFromMemory(i.Value.numel() == 0 ? [] : i.Value.contiguous().data<float>().ToArray(), i.Value.shape));
        using var options = new RunOptions();
        using var outputs = _session.Run(options, values, _session.OutputNames);
        foreach (var value in values.Values)
        {
            value.Dispose();
        }

        return _session.OutputNames.Zip(outputs).ToDictionary(
            o => o.First, o => tensor(o.Second.GetTensorDataAsSpan<float>().ToArray(), o.Second.GetTensorTypeAndShape().Shape));
    }

    public void Dispose() => _session.Dispose();

    /// <summary>
    /// The bound, 1e-5 of the largest number: float's rounding, 6e-8, times the roots of some hundred terms of a sum,
    /// through a dozen layers.
    /// </summary>
    public static void Close(Tensor expected, Tensor actual) =>
        Relative.Equal(expected, actual, Relative.Network);
}
