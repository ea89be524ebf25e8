namespace Amodal.Reproduction;

/// <summary>What a table or figure holds, which decides what is done with its rows.</summary>
public enum TableKind
{
    /// <summary>Metrics of every row under the missing protocols.</summary>
    Results,

    /// <summary>Results, and how the recovered latents compare with the true ones and with their best linear prediction.</summary>
    Latents,

    /// <summary>Parameters, operations, time and memory of the rows' score networks; nothing is trained.</summary>
    Efficiency,

    /// <summary>Recovered and true latents as points in the plane, a panel per row.</summary>
    Figure,
}
