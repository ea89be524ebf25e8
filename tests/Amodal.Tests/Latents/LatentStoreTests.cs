using Amodal.Data;
using Amodal.Latents;
using Amodal.Randomness;
using static TorchSharp.torch;

namespace Amodal.Tests.Latents;

public class LatentStoreTests
{
    private static readonly Modality[] _modalities = [new("text", 5, 2), new("sound", 1, 1)];

    [Fact]
    public void Rows_are_chosen_with_all_that_belongs_to_them()
    {
        using var store = Encode((row, frame) => frame <= row);
        using var some = store.Select([4, 1]);
        Assert.Equal([0, 1, 2, 3, 4], store.Labels.data<float>().Select(v => (int)v));
        Assert.Equal([4f, 1f], some.Labels.data<float>().ToArray());
        Assert.Equal(["u4", "u1"], some.Split.Ids);
        Assert.Equal([store.Keys[4], store.Keys[1]], some.Keys);
        for (var m = 0; m < 2; m++)
        {
            foreach (var (row, from) in new[] { 4, 1 }.Index())
            {
                Assert.Equal(0, Draws.Distance(store.Latents[m][from], some.Latents[m][row]));
                Assert.Equal(0, Draws.Distance(store.Valid[m][from], some.Valid[m][row]));
            }
        }

        Assert.True(Draws.Distance(store.Latents[0][4], store.Latents[0][1]) > 0.1);
    }

    [Fact]
    public void A_key_names_the_utterance_and_not_its_place()
    {
        using var store = Encode((_, _) => true);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => StableRandom.KeyOf($"u{i}")), store.Keys);
    }

    /// <summary>Five utterances u0 to u4 with their number as label; frames that are not present are zero.</summary>
    private static LatentStore Encode(Func<int, int, bool> isPresent)
    {
        using var scope = NewDisposeScope();
        var features = _modalities.Select((m, i) => new FeatureArray(m, Draws.Normal((ulong)i + 1, 5, m.Length, m.Width).data<float>().ToArray())).ToList();
        foreach (var f in features)
        {
            for (var frame = 0; frame < 5 * f.Modality.Length; frame++)
            {
                var (row, step) = (frame / f.Modality.Length, frame % f.Modality.Length);
                if (!(f.Modality.Length > 1 ? isPresent(row, step) : Enumerable.Range(0, 5).Any(t => isPresent(row, t))))
                {
                    f.Values.AsSpan(frame * f.Modality.Width, f.Modality.Width).Clear();
                }
            }
        }

        var split = new Split("test", [.. Enumerable.Range(0, 5).Select(i => $"u{i}")], [0, 1, 2, 3, 4], features);
        using var encoders = new Encoders(_modalities, new LatentOptions { Channels = 4 });
        Draws.Fill(encoders, 3, std: 1);
        Tensor[] tensors = [.. features.Select(f => tensor(f.Values, [5, f.Modality.Length, f.Modality.Width]))];
        return LatentStore.Encode(split, tensors, encoders.Encode);
    }
}
