using System.CommandLine;
using System.Diagnostics;
using Amodal.Benchmarks;

namespace Amodal.Bench;

/// <summary>Another process that keeps one core busy when it is told to.</summary>
internal interface IBusyNeighbour
{
    /// <summary>Begins to work; returns when it does.</summary>
    void Work();

    /// <summary>Stops working; returns when it has.</summary>
    void Rest();
}

/// <summary>A subject whose every call is made beside a busy process. The subject stays its owner's.</summary>
internal sealed class BesideSubject(IBenchSubject inner, IBusyNeighbour neighbour) : IBenchSubject
{
    private const string Ending = " beside a busy process";

    public static string NameOf(string name) => name + Ending;

    public static bool IsNameOfOne(string name) => name.EndsWith(Ending, StringComparison.Ordinal);

    public string Name => NameOf(inner.Name);

    public string Engine => inner.Engine;

    public int MostMissing => inner.MostMissing;

    public int? Nfe => inner.Nfe;

    public string? Sampling => inner.Sampling;

    public bool IsInThisProcess => inner.IsInThisProcess;

    public bool HasRecovery => inner.HasRecovery;

    public bool HasPath => inner.HasPath;

    public long? Operations(int missing) => inner.Operations(missing);

    public void UseThreads(int threads) => inner.UseThreads(threads);

    public void Prepare(int batch) => inner.Prepare(batch);

    public void Recover(int batch, int missing, CancellationToken stop) => inner.Recover(batch, missing, stop);

    public void Predict(int batch, int missing, CancellationToken stop) => inner.Predict(batch, missing, stop);

    public double Measure(BenchTask task, int batch, int missing, TimeProvider clock, CancellationToken stop)
    {
        neighbour.Work();
        try
        {
            return inner.Measure(task, batch, missing, clock, stop);
        }
        finally
        {
            neighbour.Rest();
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>A child of this program that keeps one core busy between two lines: "work" and "rest". It ends when its input does, and so with its parent.</summary>
internal sealed class BusyProcess : IBusyNeighbour, IDisposable
{
    private const string WorkLine = "work";
    private const string RestLine = "rest";

    private const string CommandName = "busy";

    private readonly Process _process = OwnProcess.Start([CommandName]);

    public void Work() => Ask(WorkLine);

    public void Rest() => Ask(RestLine);

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>The child's side.</summary>
    public static Command ChildCommand()
    {
        var command = new Command(CommandName) { Hidden = true };
        command.SetAction(_ => Serve(Console.In, Console.Out));
        return command;
    }

    private static void Serve(TextReader input, TextWriter output)
    {
        using var end = new CancellationTokenSource();
        using var work = new ManualResetEventSlim();
        var thread = new Thread(() => Spin(work, end.Token)) { IsBackground = true };
        thread.Start();
        while (input.ReadLine() is { } line)
        {
            if (line == WorkLine)
            {
                work.Set();
            }
            else
            {
                work.Reset();
            }

            output.WriteLine(line);
            output.Flush();
        }

        end.Cancel();
        thread.Join();
    }

    private static void Spin(ManualResetEventSlim work, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            if (work.IsSet)
            {
                Thread.SpinWait(1000);
            }
            else
            {
                _ = WaitHandle.WaitAny([work.WaitHandle, end.WaitHandle]);
            }
        }
    }

    private void Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        if (_process.StandardOutput.ReadLine() != line)
        {
            throw new InvalidOperationException("the busy process has ended");
        }
    }
}
