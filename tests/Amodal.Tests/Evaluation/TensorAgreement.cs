using Amodal.Evaluation;
using static TorchSharp.torch;

namespace Amodal.Tests.Evaluation;

internal static class TensorAgreement
{
    /// <summary>Agreement of tensors, (row, channels, time), over the steps that count, (row, 1, time) of 0 and 1.</summary>
    public static LatentAgreement Of(Tensor recovered, Tensor truth, Tensor valid)
    {
        var agreement = new LatentAgreement();
        agreement.Add(Numbers(recovered), Numbers(truth), [.. Numbers(valid).Select(v => v > 0)], (int)truth.shape[2]);
        return agreement;

        static float[] Numbers(Tensor x) => [.. x.contiguous().data<float>()];
    }
}
