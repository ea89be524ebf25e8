using Amodal.Latents;
using Amodal.Methods;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods;

public class RegressionFillTests
{
    [Fact]
    public void The_weights_of_a_set_are_solved_once_and_answer_as_anew()
    {
        using var scope = NewDisposeScope();
        using var fill = new Counted();
        foreach (var set in new[] { ModalitySet.Of(0), ModalitySet.Of(1), ModalitySet.Of(0) })
        {
            var numbers = Draws.Normal((ulong)set.Count, 4, 3, 1).squeeze(2);
            var own = fill.Matrix.index_select(0, fill.Columns(set));
            var weights = linalg.inv(own.index_select(1, fill.Columns(set)) + 0.5).matmul(own);
            Relative.Equal(numbers.index_select(1, fill.Columns(set)).matmul(weights.to(ScalarType.Float32)), fill.Fill(new FillRows(numbers, [], () => numbers), set), 16 * Relative.Rounding);
        }

        Assert.Equal(2, fill.Solved);
    }

    private sealed class Counted() : RegressionFill(nameof(Counted), new NumberLayout([2, 1]))
    {
        public Tensor Matrix { get; } = tensor(new[,] { { 2, 0.3, 0.5 }, { 0.3, 1, 0.2 }, { 0.5, 0.2, 3 } });

        public int Solved { get; private set; }

        public Tensor Columns(ModalitySet set) => Layout.Columns(set, CPU);

        protected override Tensor Weights(ModalitySet observed)
        {
            Solved++;
            return Solve(Matrix, observed, own => own + 0.5);
        }
    }
}
