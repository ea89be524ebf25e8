using System.Diagnostics;

namespace Amodal.Cli;

/// <summary>Reads data, with a bar where that takes a while.</summary>
internal static class DataReading
{
    private static readonly TimeSpan _while = TimeSpan.FromSeconds(1);

    public static DataSet Read(Terminal terminal, string path, CancellationToken stop, FolderOptions? folder = null, TargetSpec? target = null) =>
        Read(terminal, limits => DataFile.Read(path, folder, limits, target), stop);

    /// <summary>Runs what reads data files by the limits it is given; they hold the bar and the stop.</summary>
    public static T Read<T>(Terminal terminal, Func<ReadLimits, T> read, CancellationToken stop) =>
        terminal.WithProgress(bars => read(Limits(bars, stop)), keep: false);

    /// <summary>Limits with the stop, and with a bar once a while has gone.</summary>
    public static ReadLimits Limits(ProgressBars bars, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        return new ReadLimits
        {
            Stop = stop,
            Progress = (file, done) =>
            {
                if (clock.Elapsed > _while)
                {
                    bars.Show($"reading {Path.GetFileName(file)}", done);
                }
            },
        };
    }
}
