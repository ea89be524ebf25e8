namespace Amodal.Methods;

/// <summary>
/// What was solved for observed sets when it was first asked for; the latest of it is kept. Safe for several threads: what was
/// handed out stays good when it is let go here.
/// </summary>
/// <param name="most">Numbers kept; one set's are, however many.</param>
internal sealed class SolvedSets(long most) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(ModalitySet Set, Tensor Solved)> _kept = []; // the latest asked for first

    /// <summary>How many sets are kept.</summary>
    public int Count => _kept.Count;

    /// <summary>What belongs to the set; the caller's scope disposes of it.</summary>
    /// <param name="solve">Makes it, without a gradient.</param>
    public Tensor Of(ModalitySet set, Func<Tensor> solve)
    {
        lock (_lock)
        {
            if (Find(set) is { } known)
            {
                _kept.Remove(known);
                _kept.AddFirst(known);
                return known.Value.Solved.alias();
            }
        }

        using var noGradient = no_grad();
        var solved = solve();
        lock (_lock)
        {
            if (Find(set) is null) // else another thread was first
            {
                _ = _kept.AddFirst((set, solved.alias().DetachFromDisposeScope()));
                while (_kept.Count > 1 && _kept.Sum(k => k.Solved.numel()) > most)
                {
                    _kept.Last!.Value.Solved.Dispose();
                    _kept.RemoveLast();
                }
            }
        }

        return solved;
    }

    /// <summary>Lets all go.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, solved) in _kept)
            {
                solved.Dispose();
            }

            _kept.Clear();
        }
    }

    private LinkedListNode<(ModalitySet Set, Tensor Solved)>? Find(ModalitySet set)
    {
        var node = _kept.First;
        while (node is not null && node.Value.Set != set)
        {
            node = node.Next;
        }

        return node;
    }
}

/// <summary>Observed sets to train on, or to choose a penalty by, of any number of modalities.</summary>
internal static class ObservedSets
{
    /// <summary>All sets where they are few enough to list; else, of each size, the runs of neighbours from each modality on.</summary>
    public static IReadOnlyList<ModalitySet> Some(int modalities) => modalities <= Patterns.MaximumModalities
        ? Patterns.All(modalities)
        : [.. Enumerable.Range(1, modalities).SelectMany(count => Enumerable.Range(0, modalities)
            .Select(first => ModalitySet.Of([.. Enumerable.Range(first, count).Select(m => m % modalities)]))).Distinct()];
}
