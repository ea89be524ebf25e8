namespace Amodal.Tests.Benchmarks;

/// <summary>Memory that a subject's inputs take, in pages that are touched.</summary>
internal sealed class Inputs
{
    /// <summary>Bytes of each; bench, clock and runtime take a small part of them.</summary>
    public const int Bytes = 128 << 20;

    private readonly List<byte[]> _blocks = [];

    public int Count => _blocks.Count;

    public void Make()
    {
        var block = new byte[Bytes];
        block.AsSpan().Fill(1);
        _blocks.Add(block);
    }
}
