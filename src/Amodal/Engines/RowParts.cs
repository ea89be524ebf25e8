using System.Runtime.ExceptionServices;

namespace Amodal.Engines;

/// <summary>
/// Divides a batch into parts that are worked on side by side, a thread each. That costs less than threads within an
/// operation, which wait for each other at the end of every one.
/// </summary>
/// <param name="threads">How many, at least 1.</param>
internal sealed class RowParts(int threads)
{
    /// <summary>What a part's rows pass on from operation to operation then stays in a core's cache.</summary>
    private const int MostRows = 16;

    /// <summary>Works on all parts.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="work">On one part. Called on several threads at once.</param>
    public void ForEach(int rows, Action<RowPart> work)
    {
        if (rows < threads || threads == 1 && rows <= MostRows)
        {
            work(new RowPart(0, rows, IsAlone: true));
            return;
        }

        var size = Math.Min(MostRows, (rows + threads - 1) / threads);
        try
        {
            Parallel.For(0, (rows + size - 1) / size, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
                work(new RowPart(i * size, Math.Min(size, rows - (i * size)), IsAlone: false)));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); // as the caller of a loop on one thread would see it
        }
    }
}
