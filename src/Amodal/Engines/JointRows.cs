using Amodal.Diffusion.Sampling;

namespace Amodal.Engines;

/// <summary>Several latents as one whose time axis is theirs end to end, as joint recovery samples them.</summary>
internal sealed class JointRows(IReadOnlyList<(int Channels, int Length)> shapes)
{
    private readonly int _length = shapes.Sum(s => s.Length);

    /// <summary>One latent of several.</summary>
    public LatentRows Join(IReadOnlyList<LatentRows> parts)
    {
        var joined = new LatentRows(parts[0].Rows, shapes[0].Channels * _length);
        ForEachPiece(parts, joined, (part, whole) => part.CopyTo(whole));
        return joined;
    }

    /// <summary>The parts of one latent.</summary>
    public IReadOnlyList<LatentRows> Split(LatentRows joined)
    {
        var parts = shapes.Select(s => new LatentRows(joined.Rows, s.Channels * s.Length)).ToList();
        ForEachPiece(parts, joined, (part, whole) => whole.CopyTo(part));
        return parts;
    }

    private void ForEachPiece(IReadOnlyList<LatentRows> parts, LatentRows joined, Action<Span<float>, Span<float>> copy)
    {
        for (var row = 0; row < joined.Rows; row++)
        {
            for (var channel = 0; channel < shapes[0].Channels; channel++)
            {
                var start = channel * _length;
                for (var i = 0; i < parts.Count; i++)
                {
                    var length = shapes[i].Length;
                    copy(parts[i].Row(row).Slice(channel * length, length), joined.Row(row).Slice(start, length));
                    start += length;
                }
            }
        }
    }
}
