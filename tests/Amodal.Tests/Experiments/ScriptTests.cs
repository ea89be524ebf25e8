using System.Diagnostics;
using Amodal.Tests.Data;

namespace Amodal.Tests.Experiments;

/// <summary>The scripts of experiments/, with a few lines of shell in place of the command: nothing is trained.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Relative_arguments_are_from_where_the_script_is_called()
    {
        var (status, _) = Run("results.sh", "shared", "out", "synth");
        Assert.Equal(0, status);
        Assert.True(File.Exists(Path.Combine(_folder.Name, "out", "synth.npz")));
        Assert.True(File.Exists(Path.Combine(_folder.Name, "out", "synth-table-cpu-speed", "results.json")));
        Assert.All(Calls("train"), call => Assert.Contains($"--data {_folder.Name}/out/synth.npz", call, StringComparison.Ordinal));

        Assert.Equal(0, Run("reproduce.sh", "shared", "out", "mosi", "6.12").Status);
        Assert.Contains($"--data {_folder.Name}/shared/data/", Assert.Single(Calls("experiment")), StringComparison.Ordinal);
        Assert.Equal(0, Run("performance.sh", "out", "performance").Status);
        Assert.Contains(Calls("compare"), call => call.Contains($"{_folder.Name}/performance/synth-fast {_folder.Name}/out/synth/cpu-quality", StringComparison.Ordinal));
        Assert.Equal(0, Run("students.sh", "out", "performance", "students", "flow-1-32x1").Status);
        Assert.Contains(Calls("train"), call => call.Contains($"--out {_folder.Name}/students/flow-1-32x1", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_finished_is_not_done_again_and_runs_are_asked_whether_they_are_the_same()
    {
        Assert.Equal(0, Run("results.sh", "shared", "out", "synth").Status);
        var (data, runs, evaluations) = (Calls("data").Count, Calls("train").Count, Calls("evaluate").Count);
        Assert.Equal(0, Run("results.sh", "shared", "out", "synth").Status);
        Assert.Equal((data, evaluations), (Calls("data").Count, Calls("evaluate").Count));
        Assert.Equal(2 * runs, Calls("train").Count); // which leaves a finished run as it is, and refuses one of other settings
        Assert.All(Calls("train"), call => Assert.Contains("--resume", call, StringComparison.Ordinal));
    }

    [Fact]
    public void What_another_command_made_is_refused()
    {
        Assert.Equal(0, Run("results.sh", "shared", "out", "synth").Status);
        var made = Path.Combine(_folder.Name, "out", "synth.npz.made");
        File.WriteAllText(made, File.ReadAllText(made).Replace("6000", "60", StringComparison.Ordinal));
        var (status, errors) = Run("results.sh", "shared", "out", "synth");
        Assert.Equal(2, status);
        Assert.Contains("was made by another command", errors, StringComparison.Ordinal);
        Assert.Contains("--utterances 60 ", errors, StringComparison.Ordinal);
        Assert.Contains("--utterances 6000 ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_refused_ends_the_script_with_its_last_words()
    {
        var (status, errors) = Run("results.sh", ["shared", "out", "synth"], ("REFUSE", "cpu-speed"));
        Assert.Equal(2, status);
        Assert.Contains("was trained with other settings", errors, StringComparison.Ordinal);
        Assert.Empty(Calls("evaluate"));
    }

    [Fact]
    public void When_one_of_two_fails_the_other_is_ended()
    {
        // "words" waits in its first command for as long as it lives; "synth" fails when it sees it wait.
        var (status, _) = Run("results.sh", ["shared", "out", "words", "synth"], ("WAIT", "words.npz"), ("FAIL", "synth.npz"));
        Assert.Equal(7, status);
        var waiting = int.Parse(File.ReadAllText(Path.Combine(_folder.Name, "waiting")), System.Globalization.CultureInfo.InvariantCulture);
        Assert.False(IsAlive(waiting), "the other goes on");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Whether a process is there that is more than a record of its end, which nobody may have fetched yet.</summary>
    private static bool IsAlive(int process)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-o", "stat=", "-p", $"{process}"]) { RedirectStandardOutput = true })!;
        return ps.StandardOutput.ReadToEnd().Trim() is { Length: > 0 } state && state[0] != 'Z';
    }

    private (int Status, string Errors) Run(string script, params string[] arguments) => Run(script, arguments, []);

    private (int Status, string Errors) Run(string script, string[] arguments, params (string Name, string Value)[] environment)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "needs bash");
        var stub = _folder.Write("amodal", """
            #!/bin/bash
            # Keeps what it was asked, and makes the file that the real one would.
            [ "$1" != --version ] || { echo 1.2.3; exit; }
            echo "$*" >>"$STUB/calls"
            case "$*" in
              *"${WAIT:-nothing}"*) echo $$ >"$STUB/waiting"; exec sleep 300 ;;
              *"${FAIL:-nothing}"*) for i in {1..300}; do [ -s "$STUB/waiting" ] && exit 7; sleep 0.1; done ;;
            esac
            while [ $# -gt 0 ]; do
              case $1 in
                *.npz) [ -e "$1" ] || echo data >"$1" ;;
                -o | --out)
                  case $2 in
                    *table-* | *report) mkdir -p "$2"; echo '{}' >"$2/results.json" ;;
                    *"${REFUSE:-nothing}") echo "$2: was trained with other settings" >&2; exit 2 ;;
                    *.npz) echo data >"$2" ;;
                  esac
                  ;;
              esac
              shift
            done
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(stub, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("/bin/bash", [Path.Combine(Repository.Root, "experiments", script), .. arguments])
        {
            WorkingDirectory = _folder.Name,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        (start.Environment["AMODAL"], start.Environment["STUB"]) = (stub, _folder.Name);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("the script does not end");
        }

        _ = output.GetAwaiter().GetResult();
        return (process.ExitCode, errors.GetAwaiter().GetResult());
    }

    private List<string> Calls(string command) =>
        [.. File.ReadLines(Path.Combine(_folder.Name, "calls")).Where(l => l.StartsWith(command + " ", StringComparison.Ordinal))];
}
