namespace Amodal.Data.Pickles;

/// <summary>A value of a pickle that holds other values.</summary>
public abstract class PickleContainer
{
    private protected PickleContainer()
    {
    }

    /// <summary>1 for a container of plain values, and one more for each level inside.</summary>
    internal int Depth { get; private set; } = 1;

    /// <summary>Takes account of a value put in.</summary>
    private protected void Deepen(object? item)
    {
        if (item is PickleContainer container)
        {
            Depth = Math.Max(Depth, container.Depth + 1);
        }
    }
}
