namespace Amodal.Latents;

/// <summary>
/// What the later stages need of a split, computed once: standardised latents, labels, and a key per utterance for its noise.
/// Owns its tensors.
/// </summary>
internal sealed class LatentStore : IDisposable
{
    private LatentStore(Split split, Tensor[] latents, Tensor[] valid, Tensor labels)
    {
        (Split, Latents, Valid, Labels) = (split, latents, valid, labels);
        Keys = [.. split.Ids.Select(StableRandom.KeyOf)];
    }

    /// <summary>The utterances.</summary>
    public Split Split { get; }

    /// <summary>Per modality the standardised latents, (row, channels, time).</summary>
    public IReadOnlyList<Tensor> Latents { get; }

    /// <summary>Per modality, (row, 1, time) of 0 and 1: whether any frame under a latent step is more than padding.</summary>
    public IReadOnlyList<Tensor> Valid { get; }

    /// <summary>Labels, (row), or (row, label) where there are several.</summary>
    public Tensor Labels { get; }

    /// <summary>A key per utterance, from its id alone, so that noise does not depend on order or batch.</summary>
    public IReadOnlyList<ulong> Keys { get; }

    /// <summary>Number of utterances.</summary>
    public int Count => Split.Count;

    /// <summary>Encodes a split.</summary>
    /// <param name="features">Their standardised features.</param>
    /// <param name="scale">The latents' standardisation, from train.</param>
    public static LatentStore Encode(Split split, FeatureTensors features, Encoders encoders, LatentStandardiser scale) =>
        Encode(split, features.Values, (m, x) => scale.Standardise(m, encoders.Encode(m, x)));

    /// <summary>Encodes a split by any encoder of a convolution over time.</summary>
    /// <param name="features">Their features, one (row, time, width) per modality; padding frames are zero.</param>
    /// <param name="encode">From a modality and its features to latents, (rows, channels, time').</param>
    /// <param name="least">Frames to which it takes shorter features by zeros before them; 0 if it does not.</param>
    public static LatentStore Encode(Split split, IReadOnlyList<Tensor> features, Func<int, Tensor, Tensor> encode, int least = 0)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var latents = features.Select((x, m) => InParts(x, part => encode(m, part))).ToArray();
        var valid = features.Select((x, m) => ValidSteps(x, latents[m].shape[2], least)).ToArray();
        var labels = TargetLoss.Labels(split.Labels, split.Count, latents[0].device);
        return new LatentStore(
            split,
            [.. latents.Select(l => l.DetachFromDisposeScope())],
            [.. valid.Select(v => v.DetachFromDisposeScope())],
            labels.DetachFromDisposeScope());
    }

    /// <summary>Encodes some rows at a time, side by side, and joins what they give.</summary>
    internal static Tensor InParts(Tensor features, Func<Tensor, Tensor> encode)
    {
        using var scope = NewDisposeScope();
        var work = new TorchParts(features.device);
        var parts = work.Each(features.split(work.RowsFor((int)features.shape[0])), part => [encode(part)]);
        return cat([.. parts.Select(given => given[0])]).MoveToOuterDisposeScope();
    }

    /// <summary>Joins parts of a split, which it takes over.</summary>
    internal static LatentStore Join(Split split, IReadOnlyList<LatentStore> parts)
    {
        return new LatentStore(
            split, [.. parts[0].Latents.Select((_, m) => Whole(p => p.Latents[m]))], [.. parts[0].Valid.Select((_, m) => Whole(p => p.Valid[m]))], Whole(p => p.Labels));

        Tensor Whole(Func<LatentStore, Tensor> of)
        {
            var tensors = parts.Select(of).ToList();
            var whole = cat(tensors).DetachFromDisposeScope();
            tensors.ForEach(t => t.Dispose()); // so that no more than one of them is there twice
            return whole;
        }
    }

    /// <summary>The store of some of the rows, in that order.</summary>
    public LatentStore Select(IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var index = tensor(rows.Select(r => (long)r).ToArray(), device: Labels.device);
        return new LatentStore(
            Split.Select(Split.Name, rows),
            [.. Latents.Select(l => l.index_select(0, index).DetachFromDisposeScope())],
            [.. Valid.Select(v => v.index_select(0, index).DetachFromDisposeScope())],
            Labels.index_select(0, index).DetachFromDisposeScope());
    }

    public void Dispose()
    {
        foreach (var x in Latents.Concat(Valid).Append(Labels))
        {
            x.Dispose();
        }
    }

    /// <summary>A latent step counts when one of the frames that its kernel covers is not all zero.</summary>
    private static Tensor ValidSteps(Tensor features, long steps, int least)
    {
        using var scope = NewDisposeScope();
        var frames = features.ne(0).any(2).to(ScalarType.Float32).unsqueeze(1);
        var padding = Math.Max(0, least - features.shape[1]);
        frames = padding == 0 ? frames : TorchSharp.torch.nn.functional.pad(frames, [padding, 0]);
        var kernel = frames.shape[2] - steps + 1;
        return TorchSharp.torch.nn.functional.max_pool1d(frames, kernel, stride: 1).MoveToOuterDisposeScope();
    }
}
