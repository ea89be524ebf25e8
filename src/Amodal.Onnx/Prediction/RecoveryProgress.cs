namespace Amodal.Prediction;

/// <summary>
/// Tells of utterances done while modalities are recovered one by one: an utterance that lacks two is half done with the
/// first. All told sum up to their number.
/// </summary>
internal sealed class RecoveryProgress
{
    private readonly Lock _telling = new();
    private readonly Action<int>? _report;
    private readonly long _utterances;
    private readonly long _total;
    private long _done;
    private long _told;

    /// <param name="report">Called with the number of utterances done since; may be null.</param>
    public RecoveryProgress(Action<int>? report, int utterances, IReadOnlyList<RecoveryPart> parts)
    {
        (_report, _utterances, _total) = (report, utterances, parts.Sum(Work));
        if (_total == 0)
        {
            Tell(utterances);
        }
    }

    /// <summary>A part is done. May be called on several threads at once.</summary>
    public void Add(RecoveryPart part)
    {
        lock (_telling)
        {
            _done += Work(part);
            Tell(_utterances * _done / _total);
        }
    }

    private static long Work(RecoveryPart part) => (long)part.Rows.Count * part.Targets.Count;

    private void Tell(long utterances)
    {
        if (utterances > _told)
        {
            _report?.Invoke((int)(utterances - _told));
            _told = utterances;
        }
    }
}
