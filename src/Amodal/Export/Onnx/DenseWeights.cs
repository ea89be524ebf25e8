namespace Amodal.Export.Onnx;

/// <summary>A dense layer's weight, (outputs, inputs), and bias, (outputs), where it has one.</summary>
internal sealed record DenseWeights(WeightArray Weight, WeightArray? Bias)
{
    /// <summary>Whether a quantised graph may round it: not where the answer feels it more than the clock does.</summary>
    public bool MayBeQuantised { get; private init; } = true;

    /// <summary>The layer in single precision, whatever the graph's.</summary>
    public DenseWeights Exact => this with { MayBeQuantised = false };

    /// <summary>The layer that gives some of its outputs only.</summary>
    public DenseWeights Rows(long start, long count) => this with { Weight = Weight.Rows(start, count), Bias = Bias?.Rows(start, count) };

    /// <summary>The layer whose outputs are a number times its own.</summary>
    public DenseWeights Times(double factor) =>
        this with { Weight = Weight.Map(x => (float)(x * factor)), Bias = Bias?.Map(x => (float)(x * factor)) };
}
