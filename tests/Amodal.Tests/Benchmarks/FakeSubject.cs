using Amodal.Benchmarks;

namespace Amodal.Tests.Benchmarks;

/// <summary>
/// Takes the seconds it is told per utterance and modality, on a fake clock, and keeps a log of its calls. Inputs that
/// were not made before are made in the call, as those of true subjects are.
/// </summary>
internal sealed class FakeSubject(string name, FakeClock clock, List<string> log, double secondsEach) : IBenchSubject
{
    private readonly HashSet<int> _inputs = [];

    public int Threads { get; private set; }

    /// <summary>Called before every call.</summary>
    public Action? Before { get; set; }

    /// <summary>How many times longer calls take now.</summary>
    public double Slower { get; set; } = 1;

    public string Name => name;

    public string Engine { get; init; } = "torch";

    public int MostMissing { get; init; } = 2;

    public int? Nfe => 10;

    public string? Sampling => "ddim, 10";

    public bool HasPath { get; init; } = true;

    public long? Operations(int missing) => 1_000_000 * missing;

    public void UseThreads(int threads) => Threads = threads;

    /// <summary>What it takes to make the inputs of a batch.</summary>
    public double InputSeconds { get; init; }

    /// <summary>Called when the inputs of a batch are made.</summary>
    public Action? Making { get; init; }

    public void Prepare(int batch)
    {
        if (_inputs.Add(batch))
        {
            Making?.Invoke();
            clock.Advance(InputSeconds);
        }
    }

    public void Recover(int batch, int missing, CancellationToken stop) => Call("recover", batch, missing, stop);

    public void Predict(int batch, int missing, CancellationToken stop) => Call("predict", batch, missing, stop);

    public void Dispose()
    {
    }

    private void Call(string task, int batch, int missing, CancellationToken stop)
    {
        Before?.Invoke();
        stop.ThrowIfCancellationRequested();
        Prepare(batch);
        log.Add($"{name} {task} {batch} {missing} {Threads}");
        clock.Advance(secondsEach * batch * missing * Slower);
    }
}
