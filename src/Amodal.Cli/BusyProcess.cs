using System.Diagnostics;
using Amodal.Benchmarks;

namespace Amodal.Cli;

/// <summary>A child of this program that keeps one core busy between two lines: "work" and "rest". It ends when its input does, and so with its parent.</summary>
internal sealed class BusyProcess : IBusyNeighbour
{
    private const string WorkLine = "work";
    private const string RestLine = "rest";

    private readonly Process _process;

    /// <param name="args">What makes this program call <see cref="Serve"/>.</param>
    public BusyProcess(params string[] args) => _process = OwnProcess.Start(args);

    public void Work() => Ask(WorkLine);

    public void Rest() => Ask(RestLine);

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>The child's side.</summary>
    public static void Serve(TextReader input, TextWriter output)
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
