using Amodal.Training;

namespace Amodal.Bench;

/// <summary>Times the stages of a training by its progress, and lets others take their turn between two stages, off the clock.</summary>
/// <remarks>What lies between two stages, such as encoding, counts with the later one.</remarks>
internal sealed class StageClock(TimeProvider clock, Action turn, IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
{
    private readonly List<(string Stage, double Seconds)> _stages = [];
    private long _last = clock.GetTimestamp();

    /// <summary>Seconds of every stage so far, in order.</summary>
    public IReadOnlyList<(string Stage, double Seconds)> Stages => _stages;

    public void Report(TrainingProgress value)
    {
        var seconds = clock.GetElapsedTime(_last).TotalSeconds;
        if (_stages.Count > 0 && _stages[^1].Stage == value.Stage)
        {
            _stages[^1] = (value.Stage, _stages[^1].Seconds + seconds);
        }
        else
        {
            turn();
            _stages.Add((value.Stage, seconds));
        }

        next?.Report(value);
        _last = clock.GetTimestamp();
    }

    /// <summary>Adds what came after the last report to the last stage.</summary>
    public void Close()
    {
        if (_stages.Count > 0)
        {
            _stages[^1] = (_stages[^1].Stage, _stages[^1].Seconds + clock.GetElapsedTime(_last).TotalSeconds);
        }
    }
}
