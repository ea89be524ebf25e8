namespace Amodal.Engines;

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
