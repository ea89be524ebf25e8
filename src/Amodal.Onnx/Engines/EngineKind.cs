namespace Amodal.Engines;

/// <summary>What computes the networks.</summary>
public enum EngineKind
{
    /// <summary>TorchSharp, with libtorch: uses a run directory.</summary>
    Torch,

    /// <summary>ONNX Runtime, without libtorch: uses the folder of `amodal export`.</summary>
    Onnx,
}
