namespace Amodal.Export.Onnx;

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
