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

/// <summary>Numbers with a shape, row by row.</summary>
internal sealed record WeightArray(float[] Values, long[] Shape)
{
    public static WeightArray Full(float value, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        Array.Fill(values, value);
        return new WeightArray(values, shape);
    }

    /// <summary>A run of the first axis.</summary>
    public WeightArray Rows(long start, long count)
    {
        var row = (int)(Values.Length / Shape[0]);
        return new WeightArray(Values.AsSpan((int)start * row, (int)count * row).ToArray(), [count, .. Shape[1..]]);
    }

    public WeightArray Reshape(params long[] shape) => this with { Shape = shape };

    public WeightArray Map(Func<float, float> change) => this with { Values = Array.ConvertAll(Values, x => change(x)) };

    /// <summary>A matrix with its axes swapped.</summary>
    public WeightArray Transposed()
    {
        var (rows, columns) = ((int)Shape[0], (int)Shape[1]);
        var values = new float[Values.Length];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                values[(j * rows) + i] = Values[(i * columns) + j];
            }
        }

        return new WeightArray(values, [columns, rows]);
    }

    /// <summary>Each row plus the same vector.</summary>
    public WeightArray PlusRow(float[] row)
    {
        var values = new float[Values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Values[i] + row[i % row.Length];
        }

        return this with { Values = values };
    }
}

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
