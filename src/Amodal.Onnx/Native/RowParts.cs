using System.Runtime.ExceptionServices;

namespace Amodal.Native;

/// <summary>
/// Divides work into parts that are done side by side, a thread each. That costs less than threads within an operation,
/// which wait for each other at the end of every one.
/// </summary>
/// <param name="threads">How many, at least 1.</param>
internal sealed class RowParts(int threads)
{
    private const int MostRows = 16; // what they hand on from operation to operation then stays in a core's cache

    /// <summary>How many rows a part of a batch has.</summary>
    /// <param name="rows">Rows of the batch. Fewer than threads are not divided: threads then help within operations.</param>
    public int RowsFor(int rows) => rows < threads ? Math.Max(1, rows) : Math.Min(MostRows, (rows + threads - 1) / threads);

    /// <summary>Works on a batch.</summary>
    public void ForEach(int rows, Action<RowPart> work)
    {
        var size = RowsFor(rows);
        int[] starts = [.. Enumerable.Range(0, (rows + size - 1) / size).Select(i => i * size)];
        SideBySide(starts, (start, isAlone) => work(new RowPart(start, Math.Min(size, rows - start), isAlone)));
    }

    /// <summary>Does all of some parts.</summary>
    /// <param name="work">On one part, and whether nothing else is done meanwhile; called on several threads at once.</param>
    public void SideBySide<T>(IReadOnlyList<T> parts, Action<T, bool> work)
    {
        if (parts.Count == 1 || threads == 1)
        {
            foreach (var part in parts)
            {
                work(part, true);
            }

            return;
        }

        try
        {
            Parallel.For(0, parts.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => work(parts[i], false));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); // as the caller of a loop on one thread would see it
        }
    }
}

/// <summary>Consecutive rows of a batch.</summary>
/// <param name="IsAlone">Whether nothing else is worked on meanwhile, so that every thread may serve it.</param>
internal readonly record struct RowPart(int Start, int Count, bool IsAlone);
