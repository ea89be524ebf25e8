using System.Numerics.Tensors;

namespace Amodal.Engines;

/// <summary>The path computed by ONNX Runtime, on plain arrays. Owns no graph.</summary>
internal sealed class OnnxEngine(OnnxModel model, IReadOnlyList<OnnxScoreNetwork> networks, IProcess process, RowParts parts) : ILatentEngine<LatentRows>
{
    private ExportManifest Manifest => model.Manifest;

    private IProcess Process => process;

    public int RowsFor(LatentRows like, int rows) => parts.RowsFor(rows);

    public IReadOnlyList<IReadOnlyList<LatentRows>> Each(
        LatentRows like, IReadOnlyList<RecoveryPart> pieces, Func<RecoveryPart, bool, IReadOnlyList<LatentRows>> work)
    {
        var given = new IReadOnlyList<LatentRows>[pieces.Count];
        parts.SideBySide([.. Enumerable.Range(0, pieces.Count)], (i, isAlone) => given[i] = work(pieces[i], isAlone));
        return given;
    }

    public IDisposable? Scope() => null;

    public LatentRows Out(LatentRows x) => x;

    public LatentRows Share(LatentRows x) => x;

    public LatentRows Select(LatentRows x, IReadOnlyList<int> rows) => x.Select(rows);

    public LatentRows Place(LatentRows x, IReadOnlyList<(IReadOnlyList<int> Rows, LatentRows Values)> pieces)
    {
        var whole = x.Slice(0, x.Rows);
        foreach (var (rows, values) in pieces)
        {
            values.CopyTo(whole, rows);
        }

        return whole;
    }

    public LatentRows Zeros(LatentRows like) => new(like.Rows, like.Width);

    public LatentRows Blank(LatentRows x, bool[] present)
    {
        var blanked = x.Slice(0, x.Rows);
        for (var row = 0; row < present.Length; row++)
        {
            if (!present[row])
            {
                blanked.Row(row).Clear();
            }
        }

        return blanked;
    }

    public LatentRows Join(IReadOnlyList<LatentRows> parts)
    {
        var joined = new LatentRows(parts[0].Rows, parts.Sum(p => p.Width));
        EachPiece(parts, joined, (part, whole) => part.CopyTo(whole));
        return joined;
    }

    public IReadOnlyList<LatentRows> Split(LatentRows joined, IReadOnlyList<LatentRows> like)
    {
        List<LatentRows> parts = [.. like.Select(x => new LatentRows(x.Rows, x.Width))];
        EachPiece(parts, joined, (part, whole) => whole.CopyTo(part));
        return parts;
    }

    public ILatentArithmetic<LatentRows> Arithmetic(LatentScore<LatentRows>? score, RowNoise noise) => new RowArithmetic(score, noise);

    public IPathScore<LatentRows> Score(int target, IReadOnlyList<PathCondition<LatentRows>> given, int rows, RowNoise noise, bool isAlone) =>
        new Prepared(this, networks[target], given, rows, noise, isAlone);

    public LatentRows Align(int modality, LatentRows recovered) => model.Align(modality, recovered);

    public float[] Fuse(IReadOnlyList<LatentRows> latents, bool allObserved) => model.Fuse(latents, allObserved);

    private void EachPiece(IReadOnlyList<LatentRows> parts, LatentRows joined, Action<Span<float>, Span<float>> copy)
    {
        var channels = model.Shapes[0].Channels; // the same for all modalities
        for (var row = 0; row < joined.Rows; row++)
        {
            var start = 0;
            for (var channel = 0; channel < channels; channel++)
            {
                foreach (var part in parts)
                {
                    var length = part.Width / channels;
                    copy(part.Row(row).Slice(channel * length, length), joined.Row(row).Slice(start, length));
                    start += length;
                }
            }
        }
    }

    /// <summary>A network with its conditions fixed where they are clean: then they are the same at every evaluation.</summary>
    private sealed class Prepared : IPathScore<LatentRows>
    {
        private readonly OnnxEngine _engine;
        private readonly OnnxScoreNetwork _network;
        private readonly IReadOnlyList<PathCondition<LatentRows>> _given;
        private readonly RowNoise _noise;
        private readonly bool _isAlone;
        private readonly OnnxScoreNetwork.Prepared? _fixed;

        public Prepared(OnnxEngine engine, OnnxScoreNetwork network, IReadOnlyList<PathCondition<LatentRows>> given, int rows, RowNoise noise, bool isAlone)
        {
            (_engine, _network, _given, _noise, _isAlone) = (engine, network, given, noise, isAlone);
            _fixed = engine.Manifest.Conditioning == Conditioning.Clean ? network.Prepare(given, rows, isAlone) : null;
        }

        public LatentRows At(ILatentArithmetic<LatentRows> a, LatentRows x, double t)
        {
            var answer = ((RowArithmetic)a).Make(x.Rows, x.Width);
            if (_fixed is not null)
            {
                _fixed.Evaluate(x, t, answer);
            }
            else
            {
                using var now = _network.Prepare([.. _given.Select(c => c.IsNoisy ? c : c with { Latent = Perturbed(c.Latent, t) })], x.Rows, _isAlone);
                now.Evaluate(x, t, answer);
            }

            ToScore(x, t, answer);
            return answer;
        }

        public void Dispose() => _fixed?.Dispose();

        /// <summary>What is shown of the observed at time t: as <c>ConditionNoise.At</c> does it on tensors.</summary>
        private LatentRows Perturbed(LatentRows latent, double t)
        {
            var a = new RowArithmetic(null, _noise);
            return a.Plus(a.Times(latent, _engine.Process.Alpha(t)), a.Noise(latent), _engine.Process.Std(t));
        }

        /// <summary>What a network answered as what the sampler follows, a score or a velocity; in the terms of <c>StudentNetwork</c>.</summary>
        private void ToScore(LatentRows x, double t, LatentRows answer)
        {
            var (alpha, std) = ((float)_engine.Process.Alpha(t), (float)_engine.Process.Std(t));
            var isFlow = _engine.Manifest.Objective == Objective.Flow;
            if (_engine.Manifest.AnswersDenoised)
            {
                TensorPrimitives.Multiply(answer.Values, isFlow ? 1 : alpha, answer.Values);
                TensorPrimitives.Subtract(answer.Values, x.Values, answer.Values);
                TensorPrimitives.Divide(answer.Values, isFlow ? -std : std, answer.Values);
            }

            if (!isFlow)
            {
                TensorPrimitives.Divide(answer.Values, std, answer.Values);
            }
        }
    }
}
