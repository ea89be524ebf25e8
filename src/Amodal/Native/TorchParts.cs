using TorchSharp;

namespace Amodal.Native;

/// <summary>
/// Work by torch in parts that are done side by side, a thread each. Threads within an operation wait for each other at the
/// end of every one, which on networks as small as ours costs more than they save.
/// </summary>
internal sealed class TorchParts
{
    private const int MostRowsOfGpu = 256;

    // Of a call. One row on two threads took 1.4 to 1.8 times one thread's time up to 0.57 G, and 0.8 to 1.0 at 1.04 G (docs/guide/engines.md).
    private const long FewFlops = 1_000_000_000;
    private readonly bool _isCpu;
    private readonly int _threads;
    private readonly RowParts _parts;

    /// <param name="device">Where the work is done; on others than the CPU, a part after the other.</param>
    public TorchParts(Device device)
    {
        _isCpu = device.type == DeviceType.CPU;
        _threads = _isCpu ? get_num_threads() : 1;
        // Where a thread cannot have a number of its own, one part is done after the other, with all threads in each.
        _parts = new RowParts(_threads > 1 && SingleThread.IsToBeHad ? _threads : 1);
    }

    /// <summary>How many rows a part of a batch has.</summary>
    public int RowsFor(int rows) => _isCpu ? _parts.RowsFor(rows) : MostRowsOfGpu;

    /// <summary>
    /// Works on all parts without gradients. A single one has all of torch's threads within its operations, unless it is small.
    /// Torch's number of threads stays as it is, for every other thread of the process too.
    /// </summary>
    /// <param name="flops">Floating-point operations of a part's call; those that are not told, 0, count as many.</param>
    /// <returns>What each part gave, in order, in the caller's dispose scope.</returns>
    public IReadOnlyList<IReadOnlyList<Tensor>> Each<T>(IReadOnlyList<T> parts, Func<T, IReadOnlyList<Tensor>> work, Func<T, long>? flops = null)
    {
        var given = new IReadOnlyList<Tensor>[parts.Count];
        try
        {
            _parts.SideBySide([.. Enumerable.Range(0, parts.Count)], (i, isAlone) => Work(i, isAlone && flops?.Invoke(parts[i]) is not (> 0 and < FewFlops)));
        }
        catch
        {
            foreach (var tensor in given.OfType<IReadOnlyList<Tensor>>().SelectMany(g => g))
            {
                tensor.Dispose(); // of parts that were finished when another failed
            }

            throw;
        }

        using var scope = NewDisposeScope();
        scope.Attach(given.SelectMany(g => g));
        return [.. given.Select(g => g.Select(t => t.MoveToOuterDisposeScope()).ToList())];

        void Work(int i, bool hasAllThreads)
        {
            using var alone = hasAllThreads || _threads == 1 || !SingleThread.IsToBeHad ? null : new SingleThread();
            using var noGradient = no_grad();
            using var own = NewDisposeScope();
            given[i] = [.. work(parts[i]).Select(t => t.DetachFromDisposeScope())];
        }
    }
}
