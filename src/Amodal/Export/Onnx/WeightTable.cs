using System.Globalization;
using static TorchSharp.torch;

namespace Amodal.Export.Onnx;

/// <summary>The weights of a trained module by the names they have in checkpoints.</summary>
internal sealed class WeightTable
{
    private readonly IReadOnlyDictionary<string, Tensor> _state;
    private readonly string _prefix;

    public WeightTable(nn.Module module)
        : this(module.state_dict(), "")
    {
    }

    private WeightTable(IReadOnlyDictionary<string, Tensor> state, string prefix) => (_state, _prefix) = (state, prefix);

    /// <summary>The weights of a part.</summary>
    public WeightTable this[string part] => new(_state, $"{_prefix}{part}.");

    /// <summary>The weights of a part of a list.</summary>
    public WeightTable this[int index] => this[index.ToString(CultureInfo.InvariantCulture)];

    public bool Has(string name) => _state.ContainsKey(_prefix + name);

    public WeightArray Array(string name)
    {
        using var scope = NewDisposeScope();
        var value = _state[_prefix + name].detach().to_type(ScalarType.Float32).cpu().contiguous();
        return new WeightArray(value.data<float>().ToArray(), [.. value.shape]);
    }

    public DenseWeights Dense(string part) => this[part].Dense();

    public DenseWeights Dense() => new(Array("weight"), Has("bias") ? Array("bias") : null);
}
