using static TorchSharp.torch.nn;

namespace Amodal.Methods.Imagination;

/// <summary>Layers that the methods of this folder share, of the sizes in the baselines of GCNet (Lian et al. 2023), on vectors of utterances.</summary>
internal static class Layers
{
    /// <summary>Numbers of a modality's code.</summary>
    public const int Code = 128;

    private const double Dropout = 0.5;

    /// <summary>An encoder: width, 128, 128, 128, with ReLU and dropout between.</summary>
    public static Sequential Encoder(int width) => Dense([width, Code, Code, Code], hasDropout: true);

    /// <summary>A head: from numbers to 128, 128 and outputs, with ReLU and dropout between.</summary>
    public static Sequential Head(int from, int outputs) => Dense([from, Code, Code, outputs], hasDropout: true);

    /// <summary>Dense layers with ReLU between, and dropout behind that.</summary>
    /// <param name="isLeaky">Whether LeakyReLU takes ReLU's place.</param>
    public static Sequential Dense(IReadOnlyList<int> sizes, bool hasDropout = false, bool isLeaky = false) => Sequential([.. sizes.Zip(sizes.Skip(1)).SelectMany((pair, i) => new Module<Tensor, Tensor>?[]
    {
        i == 0 ? null : isLeaky ? LeakyReLU() : ReLU(),
        i == 0 || !hasDropout ? null : nn.Dropout(Dropout),
        Linear(pair.First, pair.Second),
    }).OfType<Module<Tensor, Tensor>>()]);
}
