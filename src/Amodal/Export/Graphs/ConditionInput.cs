using Amodal.Export.Onnx;

namespace Amodal.Export.Graphs;

/// <summary>A condition as a graph is given it.</summary>
/// <param name="Modality">Its index.</param>
/// <param name="Latent">(batch, channels, time).</param>
/// <param name="Present">(batch) bool, for which rows it is there.</param>
/// <param name="Noisy">(batch) bool, for which rows it is noisy; null where none ever is.</param>
/// <param name="Length">Its time steps when it is whole.</param>
/// <param name="MayBeEmpty">Whether it may have no steps instead.</param>
internal sealed record ConditionInput(int Modality, OnnxValue Latent, OnnxValue Present, OnnxValue? Noisy, int Length, bool MayBeEmpty)
{
    private OnnxGraph Graph => Latent.Graph;

    /// <summary>The latent's steps, (batch, time, channels).</summary>
    public OnnxValue Steps => Latent.Transpose(0, 2, 1);

    /// <summary>1 for rows that have it and 0 for others, (batch, 1).</summary>
    public OnnxValue IsPresent => Present.ToFloat().Unsqueeze(1);

    /// <summary>The first rows of a table, as many as the condition has steps.</summary>
    public OnnxValue Trim(WeightArray table)
    {
        var whole = Graph.Weight(table);
        return MayBeEmpty ? whole.SliceTo(0, 0, Latent.Size(2)) : whole;
    }

    /// <summary>Steps, plus the mark of noisy conditions in rows where it is one.</summary>
    /// <param name="steps">(batch, time, width).</param>
    /// <param name="mark">(width).</param>
    public OnnxValue MarkNoisy(OnnxValue steps, WeightArray mark) =>
        Noisy is null ? steps : steps + (Noisy.ToFloat().Unsqueeze(1, 2) * Graph.Weight(mark));

    /// <summary>0 for rows that have it and <see cref="OnnxLayers.Hidden"/> for others, (batch, time).</summary>
    public OnnxValue Mask()
    {
        var zeros = Trim(WeightArray.Full(0, Length)); // its shape is what counts
        return Present.Where(Graph.Constant(0), Graph.Constant(OnnxLayers.Hidden)).Unsqueeze(1) + zeros;
    }
}
