using Amodal.Methods;
using Amodal.Missingness;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.MedianFill;

/// <summary>A whole method: what is missing becomes the median of the training utterances.</summary>
internal sealed class MedianFill : LatentFill
{
    public MedianFill(FillContext context)
        : base(nameof(MedianFill))
    {
        register_buffer("median", zeros(context.Layout.Count));
        RegisterComponents();
    }

    public static MethodDescriptor Descriptor { get; } = FillMethod.Describe("median-fill", "Training medians in place of what is missing. Costs: nothing.", context => new MedianFill(context));

    protected override void Fit(FillData data) => get_buffer("median")!.copy_(data.Train.quantile(tensor(0.5f), 0));

    public override Tensor Fill(FillRows rows, ModalitySet observed) => get_buffer("median")!.expand(rows.Numbers.shape[0], -1);
}
