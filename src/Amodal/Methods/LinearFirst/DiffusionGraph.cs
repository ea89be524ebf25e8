namespace Amodal.Methods.LinearFirst;

/// <summary>The draws of a <see cref="GaussianDiffusion"/> in a graph, with the same noise for every row; all numbers are kept, and those that are observed stay at 0.</summary>
internal static class DiffusionGraph
{
    /// <summary>What draws add to the conditional means, (row, draw, numbers).</summary>
    /// <param name="filled">(row, numbers).</param>
    /// <param name="set">The observed set, as a number whose bits are its members.</param>
    /// <param name="seed">Of the noise.</param>
    public static OnnxValue Draw(OnnxValue filled, OnnxValue set, JointGaussian gaussian, GaussianDiffusion diffusion, ulong seed)
    {
        var (graph, all, scales) = (filled.Graph, ModalitySet.All(gaussian.Sizes.Count), gaussian.Scales());
        var basis = Table((score, missing) => Place(score.Basis, missing, 0));
        var (off, means) = (Table((score, missing) => Place(score.Begin(new LinearFirstModel.DrawNoise(seed).Like(zeros(LinearFirstModel.Draws, missing.shape[0]))), missing, 1)), filled.Unsqueeze(1));
        off += means * 0;
        foreach (var i in Enumerable.Range(0, GaussianDiffusion.Evaluations))
        {
            var sizes = Table((score, missing) => Place((scales.index_select(0, missing).square() + Math.Pow(Step(score, i).Level, 2)).sqrt().reciprocal(), missing, 0));
            var flags = Table((score, missing) => cat([Flags(missing), GaussianDiffusion.Place(full(1, 1, (float)Step(score, i).Level), scales)[0]]));
            var numbers = OnnxOperators.Concat(2, (means + off) * sizes, means + (off * 0));
            var left = AnswerGraph.Network(diffusion.Network, numbers, flags.Unsqueeze(0));
            off = Times(off, score => Step(score, i).Moved) + Times(left, score => Step(score, i).Corrected);
        }

        return off;

        (double Level, Tensor Moved, Tensor Corrected) Step(GaussianScore score, int i) => score.Steps(GaussianDiffusion.Evaluations).ElementAt(i);

        // As GaussianScore.Times, over all numbers.
        OnnxValue Times(OnnxValue x, Func<GaussianScore, Tensor> values)
        {
            var outside = Table((score, missing) => Place(values(score)[-1].expand(missing.shape[0]), missing, 0));
            var inside = Table((score, missing) => Pad(values(score)[..^1] - values(score)[-1], gaussian.Numbers));
            return (x * outside) + (x.MatMul(basis) * inside).MatMul(basis.Transpose(1, 0));
        }

        OnnxValue Table(Func<GaussianScore, Tensor, Tensor> of)
        {
            using var scope = NewDisposeScope();
            return graph.Weight(AnswerGraph.Array(AnswerGraph.Tables(gaussian, observed =>
            {
                // Of the complete set nothing is drawn: a table of another set, times 0.
                var isAll = observed == all;
                var missing = gaussian.Columns(isAll ? ModalitySet.Of(0) : all.Without(observed));
                var table = of(diffusion.ScoreOf(isAll ? all.Without(ModalitySet.Of(0)) : observed), missing).to(ScalarType.Float32);
                return isAll ? table * 0 : table;
            }))).At(set);
        }

        Tensor Flags(Tensor missing) => tensor([.. gaussian.Sizes.Select((size, m) =>
            missing.eq(gaussian.Sizes.Take(m).Sum()).any().item<bool>() ? 0f : 1f)]);

        Tensor Place(Tensor x, Tensor missing, int axis)
        {
            List<long> shape = [.. x.shape];
            shape[axis] = gaussian.Numbers;
            var placed = zeros([.. shape]).index_copy(axis, missing, x.to(ScalarType.Float32));
            return axis == 0 && x.dim() == 2 ? cat([placed, zeros(gaussian.Numbers, gaussian.Numbers - placed.shape[1])], 1) : placed;
        }

        static Tensor Pad(Tensor x, int size) => cat([x.to(ScalarType.Float32), zeros(size - x.shape[0])]);
    }
}
