namespace Amodal.Export.Onnx;

/// <summary>
/// An ONNX model while it is built: inputs, weights, operators in the order of their work, outputs. Written by our own few
/// lines of protocol buffers; the numbers of fields are those of onnx.proto.
/// </summary>
internal sealed class OnnxGraph(string name, Precision precision = Precision.Float32)
{
    /// <summary>Operators of ONNX 1.12: the least with LayerNormalization, so that most runtimes take it.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8;
    private const long LargestBytes = int.MaxValue - (1L << 20); // a message ends at 2 GB; the rest is for all but the weights
    private readonly List<ProtoMessage> _nodes = [];
    private readonly List<ProtoMessage> _weights = [];
    private readonly List<ProtoMessage> _inputs = [];
    private readonly List<ProtoMessage> _outputs = [];
    private readonly Dictionary<string, OnnxValue> _constants = [];
    private readonly Dictionary<string, (OnnxValue, OnnxValue, OnnxValue)> _quantised = [];
    private long _weightBytes;

    /// <summary>What dense layers are computed in: single precision, or 8-bit integers where that pays.</summary>
    public Precision Precision => precision;

    /// <summary>Adds an input.</summary>
    public OnnxValue Input(string input, OnnxType type, params OnnxDimension[] shape)
    {
        _inputs.Add(ValueInfo(input, type, shape));
        return new OnnxValue(this, input);
    }

    /// <summary>Names a value and makes it an output of floats.</summary>
    public void Output(string output, OnnxValue value, params OnnxDimension[] shape)
    {
        _nodes.Add(new ProtoMessage().Text(1, value.Name).Text(2, output).Text(3, $"Identity_{output}").Text(4, "Identity"));
        _outputs.Add(ValueInfo(output, OnnxType.Float, shape));
    }

    /// <summary>Adds an array of weights.</summary>
    public OnnxValue Weight(WeightArray array) => CountedWeight(OnnxType.Float, array.Shape, MemoryMarshal.AsBytes(array.Values.AsSpan()));

    /// <summary>Adds a matrix of integers; its scales are not part of it.</summary>
    /// <inheritdoc cref="Weight(WeightArray)"/>
    public OnnxValue Weight(QuantisedWeights matrix) => CountedWeight(OnnxType.Int8, matrix.Shape, MemoryMarshal.AsBytes(matrix.Values.AsSpan()));

    /// <summary>A number; the same one once only.</summary>
    public OnnxValue Constant(float value) => Shared($"f{BitConverter.SingleToInt32Bits(value)}", () => Weight(new WeightArray([value], [])));

    /// <summary>A list of integers: a shape, axes or bounds; the same list once only.</summary>
    public OnnxValue Integers(params long[] values) => Shared(
        $"i{string.Join(',', values.Select(v => v.ToString(CultureInfo.InvariantCulture)))}",
        () => Weight(OnnxType.Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>Adds an operator of one result.</summary>
    /// <param name="inputs">In its order.</param>
    public OnnxValue Node(string type, IReadOnlyList<OnnxValue> inputs, params OnnxAttribute[] attributes)
    {
        var output = $"{type}_{_nodes.Count}";
        AddNode(type, output, inputs, [output], attributes);
        return new OnnxValue(this, output);
    }

    /// <summary>A value as unsigned 8-bit integers: value = scale * (integer - zero), with the scale of all of it; the same value once only.</summary>
    public (OnnxValue Integers, OnnxValue Scale, OnnxValue Zero) Quantise(OnnxValue value)
    {
        if (!_quantised.TryGetValue(value.Name, out var found))
        {
            string[] outputs = [$"{value.Name}_integers", $"{value.Name}_scale", $"{value.Name}_zero"];
            AddNode("DynamicQuantizeLinear", $"DynamicQuantizeLinear_{_nodes.Count}", [value], outputs, []);
            _quantised[value.Name] = found = (new OnnxValue(this, outputs[0]), new OnnxValue(this, outputs[1]), new OnnxValue(this, outputs[2]));
        }

        return found;
    }

    /// <summary>The model as a file holds it.</summary>
    public byte[] ToArray()
    {
        var graph = new ProtoMessage().Messages(1, _nodes).Text(2, name).Messages(5, _weights).Messages(11, _inputs).Messages(12, _outputs);
        return new ProtoMessage().Integer(1, IrVersion).Text(2, "Amodal").Message(7, graph)
            .Message(8, new ProtoMessage().Text(1, "").Integer(2, Opset)).ToArray();
    }

    /// <summary>Writes the model, whole or not at all.</summary>
    public void Write(string path) => AtomicFile.Write(path, stream => stream.Write(ToArray()));

    private void AddNode(string type, string node, IEnumerable<OnnxValue> inputs, IEnumerable<string> outputs, IEnumerable<OnnxAttribute> attributes)
    {
        var message = new ProtoMessage();
        foreach (var input in inputs)
        {
            message.Text(1, input.Name);
        }

        foreach (var output in outputs)
        {
            message.Text(2, output);
        }

        _nodes.Add(message.Text(3, node).Text(4, type).Messages(5, attributes.Select(a => a.ToMessage())));
    }

    private OnnxValue CountedWeight(OnnxType type, long[] shape, ReadOnlySpan<byte> bytes)
    {
        _weightBytes += bytes.Length;
        return _weightBytes <= LargestBytes ? Weight(type, shape, bytes) : throw new InputException(
            name, "weights", "are over 2 GB, the most that one ONNX file holds; export a smaller network.");
    }

    private OnnxValue Weight(OnnxType type, long[] shape, ReadOnlySpan<byte> bytes)
    {
        var weight = $"weight_{_weights.Count}";
        _weights.Add(new ProtoMessage().Integers(1, shape).Integer(2, (long)type).Text(8, weight).Bytes(9, bytes));
        return new OnnxValue(this, weight);
    }

    private OnnxValue Shared(string key, Func<OnnxValue> make) =>
        _constants.TryGetValue(key, out var value) ? value : _constants[key] = make();

    private static ProtoMessage ValueInfo(string value, OnnxType type, OnnxDimension[] shape)
    {
        var dimensions = new ProtoMessage().Messages(1, shape.Select(d =>
            d.Name is null ? new ProtoMessage().Integer(1, d.Size) : new ProtoMessage().Text(2, d.Name)));
        var tensor = new ProtoMessage().Integer(1, (long)type).Message(2, dimensions);
        return new ProtoMessage().Text(1, value).Message(2, new ProtoMessage().Message(1, tensor));
    }
}

/// <summary>A tensor in a graph that is being built. Arithmetic broadcasts as in torch.</summary>
internal sealed record OnnxValue(OnnxGraph Graph, string Name)
{
    public static OnnxValue operator +(OnnxValue a, OnnxValue b) => a.Graph.Node("Add", [a, b]);

    public static OnnxValue operator -(OnnxValue a, OnnxValue b) => a.Graph.Node("Sub", [a, b]);

    public static OnnxValue operator *(OnnxValue a, OnnxValue b) => a.Graph.Node("Mul", [a, b]);

    public static OnnxValue operator /(OnnxValue a, OnnxValue b) => a.Graph.Node("Div", [a, b]);

    public static OnnxValue operator +(OnnxValue a, float b) => a + a.Graph.Constant(b);

    public static OnnxValue operator *(OnnxValue a, float b) => a * a.Graph.Constant(b);

    public static OnnxValue operator /(OnnxValue a, float b) => a / a.Graph.Constant(b);
}

/// <summary>A setting of an operator.</summary>
/// <param name="Value">A long, a float, or an array of long.</param>
internal sealed record OnnxAttribute(string Name, object Value)
{
    // Field and type numbers are those of AttributeProto.
    public ProtoMessage ToMessage()
    {
        var message = new ProtoMessage().Text(1, Name);
        return Value switch
        {
            float number => message.Number(2, number).Integer(20, 1),
            long integer => message.Integer(3, integer).Integer(20, 2),
            long[] integers => message.Integers(8, integers).Integer(20, 7),
            _ => throw new ArgumentException($"'{Name}' is a {Value.GetType().Name}"),
        };
    }
}

/// <summary>A dimension of an input or output: a number, or a name for one that is known only when the graph runs.</summary>
internal readonly record struct OnnxDimension(long Size, string? Name)
{
    public static OnnxDimension Batch { get; } = "batch";

    public static implicit operator OnnxDimension(int size) => new(size, null);

    public static implicit operator OnnxDimension(string name) => new(0, name);
}

/// <summary>Types of tensors, by ONNX's numbers (TensorProto.DataType).</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int8 = 3,
    Int64 = 7,
    Bool = 9,
}
