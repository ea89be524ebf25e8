using Amodal.Benchmarks.Pieces;
using Amodal.Native;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

TorchBackend.EnsureLoadable();
TorchThreads.LimitSpinning();
// In this process: libtorch is large and loaded once, and a project generated elsewhere would not find it.
var job = Job.ShortRun.WithToolchain(new InProcessNoEmitToolchain(TimeSpan.FromMinutes(10), logOutput: true));
BenchmarkSwitcher.FromAssembly(typeof(ScoreNetworkBenchmarks).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
