namespace Amodal.Runs;

/// <summary>
/// What a run's networks make of some utterances, worked out once for the method and the baselines beside it, when it is first
/// asked for. Freed with its last user. Safe for several threads.
/// </summary>
internal sealed class RunEncoding
{
    private readonly TrainedRun _run;
    private readonly Split _utterances;
    private readonly Lazy<FeatureTensors> _features;
    private readonly Lazy<LatentStore> _latents;
    private readonly Lazy<LatentStore> _baselineLatents;
    private int _users;

    public RunEncoding(TrainedRun run, Split utterances)
    {
        (_run, _utterances) = (run, utterances);
        _features = new Lazy<FeatureTensors>(() => FeatureTensors.From(utterances, run.Baselines.Statistics.ToStandardiser(), run.Device));
        _latents = new Lazy<LatentStore>(() => run.Encode(utterances, Features));
        _baselineLatents = new Lazy<LatentStore>(() => run.Baselines.Encode(utterances, Features));
    }

    /// <summary>Standardised features.</summary>
    public FeatureTensors Features => _features.Value;

    /// <summary>Latents as the method encodes them.</summary>
    public LatentStore Latents => _run.SharesLatents ? BaselineLatents : _latents.Value;

    /// <summary>Latents as the classifier of complete data encodes them.</summary>
    public LatentStore BaselineLatents => _baselineLatents.Value;

    /// <summary>How many.</summary>
    public int Count => _utterances.Count;

    /// <summary>One more user.</summary>
    public RunEncoding Lease()
    {
        _users++;
        return this;
    }

    /// <summary>One user less.</summary>
    public bool Return()
    {
        if (--_users > 0)
        {
            return false;
        }

        foreach (var part in new[] { Made(_features), Made(_latents), Made(_baselineLatents) })
        {
            part?.Dispose();
        }

        return true;

        static IDisposable? Made<T>(Lazy<T> lazy)
            where T : class, IDisposable => lazy.IsValueCreated ? lazy.Value : null;
    }
}
