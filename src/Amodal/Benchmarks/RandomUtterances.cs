using Amodal.Data;
using Amodal.Randomness;

namespace Amodal.Benchmarks;

/// <summary>Utterances that mean nothing: what they cost is what any cost.</summary>
internal static class RandomUtterances
{
    /// <summary>Draws utterances with normal features; the same arguments give the same.</summary>
    /// <param name="modalities">What an utterance consists of.</param>
    /// <param name="count">How many.</param>
    /// <param name="first">The number of the first, which names them.</param>
    public static Split Draw(IReadOnlyList<Modality> modalities, int count, long first = 0) => new(
        "test",
        [.. Enumerable.Range(0, count).Select(i => $"random-{first + i}")],
        new float[count],
        [.. modalities.Select((m, index) => Features(m, count, new StableRandom(1, (ulong)first, (ulong)index)))]);

    private static FeatureArray Features(Modality modality, int count, StableRandom random)
    {
        var values = new float[checked(count * modality.RowSize)];
        random.FillNormal(values);
        return new FeatureArray(modality, values);
    }
}
