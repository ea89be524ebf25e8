namespace Amodal.Benchmarks;

/// <summary>Something that recovers missing modalities and can be timed: a model with an engine, or whatever else the laboratory (bench/) lets take its turn.</summary>
internal interface IBenchSubject : IDisposable
{
    /// <summary>The run, preset or program.</summary>
    string Name { get; }

    /// <summary>What computes: "torch", "onnx".</summary>
    string Engine { get; }

    /// <summary>How many modalities may be missing at most.</summary>
    int MostMissing { get; }

    /// <summary>Network evaluations per missing modality; null where that is not known.</summary>
    int? Nfe { get; }

    /// <summary>How it samples, in the words of `amodal evaluate`; null where that is not known.</summary>
    string? Sampling { get; }

    /// <summary>Whether it works in this process, whose memory is then its own.</summary>
    bool IsInThisProcess => true;

    /// <summary>Whether <see cref="Recover"/> is there; where it is not, the whole path is measured unasked.</summary>
    bool HasRecovery => true;

    /// <summary>Whether <see cref="Predict"/> is there.</summary>
    bool HasPath { get; }

    /// <summary>
    /// Floating-point operations of the recovery of all missing modalities of one utterance, as
    /// <see cref="Diffusion.Networks.FlopCount"/> counts them; null where that is not known.
    /// </summary>
    long? Operations(int missing);

    /// <summary>Sets the number of threads of the calls that follow; torch's is the whole process's until the subject is disposed of.</summary>
    void UseThreads(int threads);

    /// <summary>Makes the inputs of a batch, so that the calls that follow time and hold nothing but their own work; what is there is kept.</summary>
    void Prepare(int batch);

    /// <summary>Recovers the first modalities of a batch from the others.</summary>
    void Recover(int batch, int missing, CancellationToken stop);

    /// <summary>Predicts a batch from raw features while the first modalities are missing.</summary>
    void Predict(int batch, int missing, CancellationToken stop);

    /// <summary>Does a task once and gives its seconds.</summary>
    double Measure(BenchTask task, int batch, int missing, TimeProvider clock, CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        if (task == BenchTask.Path)
        {
            Predict(batch, missing, stop);
        }
        else
        {
            Recover(batch, missing, stop);
        }

        return clock.GetElapsedTime(started).TotalSeconds;
    }
}
