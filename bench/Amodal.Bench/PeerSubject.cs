using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Amodal.Benchmarks;

namespace Amodal.Bench;

/// <summary>A peer's first line, as JSON.</summary>
/// <param name="Protocol">Version of the protocol.</param>
/// <param name="Name">What it is.</param>
/// <param name="MostMissing">How many modalities it can recover at most.</param>
/// <param name="Nfe">Network evaluations per missing modality, if it tells.</param>
/// <param name="Details">Versions and libraries that its numbers depend on, for people.</param>
/// <param name="Training">How it trains, if it can time a step of it.</param>
internal sealed record PeerGreeting(int Protocol, string Name, int MostMissing, int? Nfe = null, string? Details = null, PeerTraining? Training = null);

/// <summary>How a peer's training goes, where it can time a step of it.</summary>
/// <param name="Batch">Utterances in a step.</param>
/// <param name="Patience">Epochs without a better validation loss before it stops.</param>
/// <param name="Utterances">Utterances of the training split that its steps are shaped like.</param>
internal sealed record PeerTraining(int Batch, int Patience, int Utterances);

/// <summary>
/// Another program, which stays warm and answers a line to a line (bench/peers/README.md): it says who it is in a first
/// line of JSON, and then to "run BATCH MISSING" answers "seconds S", so to "train BATCH MISSING" if it trains, to "threads N" "ok". It ends when its input does.
/// </summary>
internal sealed class PeerSubject : IBenchSubject
{
    /// <summary>The engine of peers.</summary>
    public const string EngineName = "peer";

    private const int Protocol = 1;
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly string _command;
    private readonly Process _process;
    private readonly Queue<string> _lastErrors = new();
    private readonly ManualResetEventSlim _errorsEnded = new();
    private int _threads;

    /// <summary>Starts the program and waits until it says who it is.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="InputException">It cannot be started, or does not speak the protocol.</exception>
    public PeerSubject(IReadOnlyList<string> command, CancellationToken stop = default)
    {
        _command = string.Join(' ', command);
        _process = Start(command);
        try
        {
            var hello = ReadLine(stop);
            try
            {
                Greeting = JsonSerializer.Deserialize<PeerGreeting>(hello, _json)!;
            }
            catch (JsonException e)
            {
                throw Fault($"began with '{hello}', which is no greeting (bench/peers/README.md)", e);
            }

            if (Greeting is not { Protocol: Protocol, Name.Length: > 0, MostMissing: >= 1 })
            {
                throw Fault($"began with '{hello}'; a greeting of protocol {Protocol} has a name, and mostMissing of at least 1");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What it said of itself.</summary>
    public PeerGreeting Greeting { get; }

    public string Name => Greeting.Name;

    public string Engine => EngineName;

    public int MostMissing => Greeting.MostMissing;

    public int? Nfe => Greeting.Nfe;

    public string? Sampling => null;

    public bool IsInThisProcess => false;

    public bool HasPath => false;

    public long? Operations(int missing) => null;

    public void UseThreads(int threads)
    {
        if (threads != _threads)
        {
            var answer = Ask($"threads {threads.ToString(CultureInfo.InvariantCulture)}", default);
            _threads = answer == "ok" ? threads : throw Fault($"answered '{answer}' to a number of threads");
        }
    }

    /// <remarks>A peer makes its own inputs, and its clock does not count them.</remarks>
    public void Prepare(int batch)
    {
    }

    public void Recover(int batch, int missing, CancellationToken stop) => _ = Seconds("run", batch, missing, stop);

    public void Predict(int batch, int missing, CancellationToken stop) => throw new NotSupportedException("a peer only recovers");

    public double Measure(BenchTask task, int batch, int missing, TimeProvider clock, CancellationToken stop) =>
        task == BenchTask.Recovery ? Seconds("run", batch, missing, stop) : throw new NotSupportedException("a peer only recovers");

    /// <summary>Has it take a training step, of the batch that its greeting tells.</summary>
    /// <param name="missing">How many modalities are missing in it, 0 or more.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>Seconds by its own clock.</returns>
    /// <exception cref="NotSupportedException">Its greeting has no training.</exception>
    /// <exception cref="InputException">It answered otherwise.</exception>
    public double TrainStep(int missing, CancellationToken stop) => Greeting.Training is { } training
        ? Seconds("train", training.Batch, missing, stop) : throw new NotSupportedException("this peer does not train");

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            {
                Kill();
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It is gone already.
        }

        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }
    }

    private double Seconds(string verb, int batch, int missing, CancellationToken stop)
    {
        var answer = Ask(string.Create(CultureInfo.InvariantCulture, $"{verb} {batch} {missing}"), stop);
        return answer.Split(' ') is ["seconds", var number]
            && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds) && seconds > 0
            ? seconds : throw Fault($"answered '{answer}' and not 'seconds S'");
    }

    private string Ask(string line, CancellationToken stop)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException e)
        {
            throw Ended(stop, e);
        }

        return ReadLine(stop);
    }

    private string ReadLine(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var kill = stop.Register(Kill);
        var line = _process.StandardOutput.ReadLine();
        stop.ThrowIfCancellationRequested();
        return line ?? throw Ended(stop);
    }

    private Process Start(IReadOnlyList<string> command)
    {
        if (command.Count == 0)
        {
            throw new InputException("--peer", null, "is empty; give a command (bench/peers/README.md).");
        }

        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, e) => Remember(e.Data);
            process.BeginErrorReadLine();
            return process;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InputException("--peer", null, $"'{command[0]}' cannot be started ({e.Message}).", e);
        }
    }

    private void Remember(string? line)
    {
        const int Kept = 5;
        if (line is null)
        {
            _errorsEnded.Set();
            return;
        }

        lock (_lastErrors)
        {
            _lastErrors.Enqueue(line);
            if (_lastErrors.Count > Kept)
            {
                _lastErrors.Dequeue();
            }
        }
    }

    private InputException Ended(CancellationToken stop, Exception? cause = null)
    {
        if (stop.CanBeCanceled)
        {
            _ = stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(1)); // Ctrl-C is the peer's, too, and may reach it first
        }

        stop.ThrowIfCancellationRequested();
        _ = _errorsEnded.Wait(TimeSpan.FromSeconds(30)); // its last words tell why; a child of its own may keep the stream open
        return Fault("has ended", cause);
    }

    private InputException Fault(string problem, Exception? cause = null)
    {
        lock (_lastErrors)
        {
            return new InputException("--peer", _command, _lastErrors.Count == 0 ? $"{problem}." : $"{problem}; it last said: {string.Join(" / ", _lastErrors)}", cause);
        }
    }
}
