using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Amodal.Cli.Tests;

/// <summary>The command in a temporary folder of its own: in the tests' process, or the built program as one of its own.</summary>
/// <param name="program">Its file, without extension.</param>
internal sealed class Amodal(string program = "Amodal.Cli") : IDisposable
{
    /// <summary>The program of bench/.</summary>
    public const string Laboratory = "Amodal.Bench";

    private static readonly Lazy<string> _trained = new(Trained);

    /// <summary>Networks so small that a whole training takes seconds.</summary>
    public const string TinyConfig = """
        name: tiny
        seed: 3
        threads: 1
        latents: { channels: 8 }
        backbone: { width: 16, blocks: 1, heads: 2, mlpWidth: 16, timeWidth: 8 }
        sampler: { kind: ddim, nfe: 3 }
        alignment: { channels: 8, blocks: 1, reduction: 4 }
        fusion: { layers: 1, heads: 2 }
        classifier: { epochs: 2, learningRate: 0.002 }
        score: { epochs: 3, learningRate: 0.002 }
        stage2: { epochs: 2, learningRate: 0.002 }
        """;

    public string Folder { get; } = Directory.CreateTempSubdirectory("amodal-test-").FullName;

    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>A folder with tiny.yaml and data.npz of 120 generated utterances.</summary>
    public static Amodal WithData()
    {
        var amodal = new Amodal();
        amodal.WriteData();
        return amodal;
    }

    /// <summary>The same, and run/, a training of tiny.yaml on data.npz: a copy of one that all tests share.</summary>
    public static Amodal WithRun()
    {
        var amodal = new Amodal();
        foreach (var file in Directory.GetFiles(_trained.Value, "*", SearchOption.AllDirectories))
        {
            var copy = amodal.File(Path.GetRelativePath(_trained.Value, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            System.IO.File.Copy(file, copy);
        }

        return amodal;
    }

    public void WriteData()
    {
        System.IO.File.WriteAllText(File("tiny.yaml"), TinyConfig);
        Assert.Equal(0, InProcess.Run("data", "synth", "-o", File("data.npz"), "--utterances", "120", "--seed", "5").ExitCode);
    }

    /// <summary>Runs a command line of amodal in this process, from the folder; of another program as a process.</summary>
    public Result Run(params string[] args) => program == "Amodal.Cli" ? InProcess.RunIn(Folder, args) : RunProgram(args);

    /// <summary>Runs the built program.</summary>
    public Result RunProgram(params string[] args)
    {
        using var process = Start(args);
        return process.Wait();
    }

    public Result Succeed(params string[] args)
    {
        var result = Run(args);
        Assert.True(result.ExitCode == 0, $"amodal {string.Join(' ', args)} ended with {result.ExitCode}:\n{result.Output}\n{result.Errors}");
        return result;
    }

    public void Train(string run, params string[] more) =>
        Succeed([.. TrainArguments(run), .. more]);

    public static string[] TrainArguments(string run) => ["train", "tiny.yaml", "--data", "data.npz", "--out", run];

    public Running Start(params string[] args) => Start(new Dictionary<string, string>(), args);

    public Running Start(IReadOnlyDictionary<string, string> environment, string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program + ".dll"), .. args])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1"; // several run at once, and networks this small gain nothing from threads
        (start.Environment["DOTNET_TieredPGO"], start.Environment["DOTNET_TC_CallCountThreshold"]) = ("0", "400"); // nearly as the tests themselves (hexadecimal)
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new Running(Process.Start(start)!);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Trained()
    {
        var amodal = WithData(); // not disposed: it lasts as long as the tests do
        AppDomain.CurrentDomain.ProcessExit += (_, _) => amodal.Dispose();
        amodal.Train("run");
        return amodal.Folder;
    }

    internal sealed record Result(int ExitCode, string Output, string Errors)
    {
        /// <summary>Bad input: exit code 2, the message, and no stack trace.</summary>
        public void IsBadInput(params string[] parts)
        {
            Assert.True(ExitCode == 2, $"exit code {ExitCode.ToString(CultureInfo.InvariantCulture)}:\n{Output}\n{Errors}");
            foreach (var part in parts)
            {
                Assert.Contains(part, Errors, StringComparison.Ordinal);
            }

            Assert.DoesNotContain("   at ", Errors, StringComparison.Ordinal);
        }
    }

    internal sealed class Running : IDisposable
    {
        private static readonly TimeSpan _long = TimeSpan.FromMinutes(10); // only what hangs takes so long, on any machine
        private readonly Task<string> _output;
        private readonly Task<string> _errors;

        public Running(Process process)
        {
            Process = process;
            _output = process.StandardOutput.ReadToEndAsync();
            _errors = process.StandardError.ReadToEndAsync();
        }

        public Process Process { get; }

        /// <summary>Waits for a file, or for the process to end without it.</summary>
        public void WaitFor(string file) => WaitFor(() => System.IO.File.Exists(file));

        /// <summary>Waits until something holds, or the process ends before it does.</summary>
        public void WaitFor(Func<bool> holds)
        {
            for (var started = Environment.TickCount64; !holds() && !Process.HasExited;)
            {
                Assert.True(Environment.TickCount64 - started < _long.TotalMilliseconds, $"not within {_long.TotalMinutes} minutes");
                Thread.Sleep(5);
            }
        }

        /// <summary>Asks it to stop, as a shell's kill does.</summary>
        public void Terminate()
        {
            const int Terminate = 15;
            Assert.Equal(0, Signal(Process.Id, Terminate));
        }

        public Result Wait()
        {
            if (!Process.WaitForExit(_long))
            {
                Process.Kill(entireProcessTree: true);
                Assert.Fail($"has not ended within {_long.TotalMinutes} minutes; it wrote:\n{_output.GetAwaiter().GetResult()}\n{_errors.GetAwaiter().GetResult()}");
            }

            return new Result(Process.ExitCode, _output.GetAwaiter().GetResult(), _errors.GetAwaiter().GetResult());
        }

        /// <summary>Nothing that a test has begun outlives it.</summary>
        public void Dispose()
        {
            if (!Process.HasExited)
            {
                Process.Kill(entireProcessTree: true);
            }

            Process.Dispose();
        }

        [DllImport("libc", EntryPoint = "kill")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Signal(int process, int signal);
    }
}
