using Amodal.Data;
using Amodal.Data.Synthetic;
using MathNet.Numerics.LinearAlgebra;

namespace Amodal.Tests.Data.Synthetic;

/// <summary>The joint Gaussian of (label, all features) written out as one dense covariance matrix.</summary>
internal static class DenseGaussian
{
    public static Matrix<double> Covariance(SyntheticModel model)
    {
        var size = 1 + model.Modalities.Sum(m => m.RowSize);
        var covariance = Matrix<double>.Build.Dense(size, size);
        var shared = Matrix<double>.Build.Dense(size, model.LabelWeights.Count);
        shared.SetRow(0, model.LabelWeights.ToArray());
        covariance[0, 0] = model.LabelNoiseVariance;
        var start = 1;
        for (var m = 0; m < model.Modalities.Count; m++)
        {
            var factors = model.Factors(m);
            var rows = model.Modalities[m].RowSize;
            var own = Matrix<double>.Build.DenseDiagonal(rows, factors.NoiseStd * factors.NoiseStd);
            var seen = Matrix<double>.Build.Dense(rows, model.LabelWeights.Count);
            for (var v = 0; v < factors.Views.Length; v++)
            {
                var a = Vector<double>.Build.Dense(factors.Views[v]);
                var c = Vector<double>.Build.DenseOfEnumerable(model.Options.Modalities[m].Views[v]);
                own += (1 - (c * c)) * a.OuterProduct(a);
                seen += a.OuterProduct(c);
            }

            shared.SetSubMatrix(start, 0, seen);

            foreach (var b in factors.Privates.Select(Vector<double>.Build.Dense))
            {
                own += b.OuterProduct(b);
            }

            covariance.SetSubMatrix(start, start, own);
            start += rows;
        }

        return covariance + (shared * shared.Transpose());
    }

    public static float[] Row(Split split, int row) => [split.Labels[row], .. split.Features.SelectMany(f => f.Row(row).ToArray())];
}
