namespace Amodal.Export.Onnx;

/// <summary>A dense layer's weight, (outputs, inputs), and bias, (outputs), where it has one.</summary>
internal sealed record DenseWeights(WeightArray Weight, WeightArray? Bias)
{
    /// <summary>The layer that gives some of its outputs only.</summary>
    public DenseWeights Rows(long start, long count) => new(Weight.Rows(start, count), Bias?.Rows(start, count));

    /// <summary>The layer whose outputs are a number times its own.</summary>
    public DenseWeights Times(double factor) => new(Weight.Map(x => (float)(x * factor)), Bias?.Map(x => (float)(x * factor)));
}
