using Amodal.Data.NumPy;
using Amodal.Diffusion;
using static TorchSharp.torch;

namespace Amodal.Tests;

/// <summary>Inputs, weights and results recorded from the published IMDer code (shared/golden/README.md).</summary>
internal sealed class GoldenTensors
{
    // Buffers of the published modules that carry no meaning.
    private static readonly string[] _meaningless = ["version", "_float_tensor"];
    private readonly Dictionary<string, NumPyArray> _arrays;

    /// <summary>Reads NAME.npz; skips the test where it is absent.</summary>
    public GoldenTensors(string name) => _arrays = Golden.Read(name + ".npz");

    /// <summary>An array, as float32.</summary>
    public Tensor this[string name] => tensor(_arrays[name].ToFloats(), _arrays[name].Shape.Select(s => (long)s).ToArray());

    /// <summary>The names that begin with the prefix, without it.</summary>
    public IEnumerable<string> Names(string prefix) =>
        _arrays.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k => k[prefix.Length..]);

    /// <summary>Gives a module the recorded weights: same keys and shapes on both sides, none left over.</summary>
    public void LoadInto(nn.Module module, string prefix = "sd.")
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var state = module.state_dict();
        var names = Names(prefix).Where(n => !_meaningless.Any(m => n.EndsWith(m, StringComparison.Ordinal))).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), state.Keys.Order(StringComparer.Ordinal));
        foreach (var name in names)
        {
            var value = this[prefix + name];
            Assert.Equal(value.shape, state[name].shape);
            state[name].copy_(value);
        }
    }

    /// <summary>
    /// Holds a result against a recorded array. Another matrix library moved the recorded ones by 1.3e-6 of their largest
    /// entry at most; the bounds are the issue's, 1e-4 of the entry and 1e-5 of the largest.
    /// </summary>
    public void Check(string name, Tensor actual)
    {
        using var scope = NewDisposeScope();
        var expected = this[name];
        Assert.Equal(expected.shape, actual.shape);
        var allowed = (1e-4f * expected.abs()) + (1e-5f * expected.abs().max());
        var excess = ((actual.detach() - expected).abs() / allowed).max().item<float>();
        Assert.True(excess <= 1, $"{name} is off by {excess} times what is allowed");
    }

    /// <summary>Recorded draws, one after another, and no more than there are.</summary>
    internal sealed class Noise(IReadOnlyList<Tensor> draws) : INoise
    {
        public int Taken { get; private set; }

        public Tensor Like(Tensor x) => draws[Taken++].clone();
    }
}
