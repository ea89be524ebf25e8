using System.Diagnostics;
using TorchSharp;

namespace Amodal.Diffusion.Networks;

/// <summary>Measures what backbones cost, side by side: parameters, operations, time and memory of an evaluation.</summary>
internal static class BackboneProfiler
{
    private const int GemmSize = 2048;

    /// <summary>Measures every backbone of the options. Runs take turns, so that a machine that is busy for a while is busy for all.</summary>
    /// <param name="device">Where; the CPU when null.</param>
    /// <returns>One record per backbone, in the order of the options.</returns>
    public static IReadOnlyList<BackboneProfile> Measure(ProfileOptions options, Device? device = null, Action<double>? progress = null, CancellationToken stop = default)
    {
        Check(options);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var shapes = Enumerable.Repeat(new LatentShape(options.Channels, options.Length), options.Conditions + 1).ToArray();
        var networks = options.Backbones.Select(b => Create(b, shapes, device ?? CPU)).ToArray();
        try
        {
            var batches = options.Batches.Select(b => new Inputs(shapes, b, device ?? CPU)).ToArray();
            var largest = batches.MaxBy(b => b.Size)!;
            var evaluations = networks.Select(n => batches.Select(b => b.Bind(n)).ToArray()).ToArray();
            var peaks = networks.Select(n => device is null || device.type == DeviceType.CPU ? ResidentMemory.PeakGrowth(largest.Bind(n)) : null).ToArray();
            using var yardstick = (device ?? CPU).type == DeviceType.CPU ? new GemmYardstick(GemmSize) : null;
            var (times, gemm) = Times(evaluations, yardstick, options, progress, stop);
            int[] given = [.. Enumerable.Range(1, options.Conditions)];
            return [.. networks.Select((n, i) => new BackboneProfile(
                options.Backbones[i], n.ParameterCount, n.CountFlops(given), n.CountPreparationFlops(given), n.parameters().Sum(p => p.numel() * p.element_size()), peaks[i],
                [.. batches.Select((b, j) => Forward(b.Size, Median(times[i, j]), n.CountFlops(given) - n.CountPreparationFlops(given), gemm))]))];
        }
        finally
        {
            Array.ForEach(networks, n => n.Dispose());
        }
    }

    private static void Check(ProfileOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Length, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Conditions);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repeats, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.WarmUp);
        ArgumentOutOfRangeException.ThrowIfZero(options.Batches.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batches.Min(), 1);
    }

    private static ScoreNetwork Create(BackboneOptions options, IReadOnlyList<LatentShape> shapes, Device device)
    {
        var network = BackboneFactory.Create(options, shapes, target: 0, new StableRandom(1));
        network.eval();
        network.to(device);
        return network;
    }

    private static ForwardTime Forward(int batch, double milliseconds, long flops, double? gemm) =>
        new(batch, milliseconds, flops * batch / (milliseconds * 1e6) / gemm);

    /// <summary>Milliseconds by network and batch, and what a matrix product reaches meanwhile, in GFLOP/s.</summary>
    private static (List<double>[,] Times, double? Gemm) Times(
        Action[][] evaluations, GemmYardstick? yardstick, ProfileOptions options, Action<double>? progress, CancellationToken stop)
    {
        var times = new List<double>[evaluations.Length, evaluations[0].Length];
        var rates = new List<double>();
        for (var run = -options.WarmUp; run < options.Repeats; run++)
        {
            progress?.Invoke((run + options.WarmUp) / (double)(options.Repeats + options.WarmUp));
            if (yardstick?.Measure(TimeProvider.System, get_num_threads()) is { } rate && run >= 0)
            {
                rates.Add(rate);
            }

            foreach (var (i, j) in from i in Enumerable.Range(0, times.GetLength(0)) from j in Enumerable.Range(0, times.GetLength(1)) select (i, j))
            {
                stop.ThrowIfCancellationRequested();
                var started = Stopwatch.GetTimestamp();
                evaluations[i][j]();
                if (run >= 0)
                {
                    (times[i, j] ??= []).Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
            }
        }

        return (times, rates.Count > 0 ? Median(rates) : null);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    /// <summary>A batch of noise in every latent, all of them observed but the first.</summary>
    private sealed class Inputs
    {
        private readonly Tensor _x;
        private readonly Tensor _t;
        private readonly Condition[] _conditions;

        public Inputs(LatentShape[] shapes, int size, Device device)
        {
            Size = size;
            using var noise = new TorchNoise(1, device);
            var latents = shapes.Select(s => noise.Like(zeros(size, s.Channels, s.Length, device: device))).ToArray();
            _x = latents[0];
            _t = full(size, 0.5, device: device);
            _conditions = [.. latents.Skip(1).Select((l, m) => new Condition(m + 1, l))];
        }

        public int Size { get; }

        /// <summary>An evaluation as recovery asks for it: in its parts, with what the conditions need once done beforehand.</summary>
        public Action Bind(ScoreNetwork network)
        {
            var work = new TorchParts(_x.device);
            var rows = work.RowsFor(Size);
            var conditions = _conditions.Select(c => c.Latent.split(rows)).ToList();
            var parts = _x.split(rows).Zip(_t.split(rows)).Select((part, i) =>
                (X: part.First, T: part.Second, Network: network.Prepare([.. _conditions.Select((c, m) => c with { Latent = conditions[m][i] })]))).ToList();
            var flops = network.CountFlops([.. _conditions.Select(c => c.Modality)]);
            return () =>
            {
                using var scope = NewDisposeScope();
                var answers = work.Each(parts, part => [part.Network(part.X, part.T)], part => part.X.shape[0] * flops);
                // Reading a number back is what waits for a device that works on its own.
                _ = answers[^1][0][0, 0, 0].cpu();
            };
        }
    }
}

/// <summary>How long one evaluation of a batch takes.</summary>
/// <param name="GemmShare">Its operations a second over those of a large matrix product that took its turn; null on another device than the CPU.</param>
internal sealed record ForwardTime(int Batch, double Milliseconds, double? GemmShare = null);

/// <summary>What a backbone costs.</summary>
/// <param name="Flops">Of one evaluation for one utterance, two for each multiply-add (<see cref="FlopCount"/>).</param>
/// <param name="PreparationFlops">The part of <paramref name="Flops"/> that is done once for all evaluations, and not timed.</param>
/// <param name="ParameterBytes">Bytes of the parameters; the thesis's "memory" is this number.</param>
/// <param name="PeakBytes">
/// By how much the process's resident memory rose at its peak in one evaluation of the largest batch, a measurement that
/// what the allocator kept from earlier work can lower; null where the system does not tell, and on another device than
/// the CPU.
/// </param>
internal sealed record BackboneProfile(
    BackboneOptions Options, long Parameters, long Flops, long PreparationFlops, long ParameterBytes, long? PeakBytes, IReadOnlyList<ForwardTime> Times);

/// <summary>What <see cref="BackboneProfiler"/> measures, and on what.</summary>
internal sealed record ProfileOptions
{
    /// <summary>The networks; all four at the thesis's sizes unless told otherwise.</summary>
    public IReadOnlyList<BackboneOptions> Backbones { get; init; } = [.. Enum.GetValues<BackboneKind>().Select(BackboneOptions.Thesis)];

    /// <summary>Channels of every latent, at least 1.</summary>
    public int Channels { get; init; } = 32;

    /// <summary>Time steps of every latent, at least 1.</summary>
    public int Length { get; init; } = 48;

    /// <summary>How many modalities are given to recover one from, at least 0.</summary>
    public int Conditions { get; init; } = 2;

    /// <summary>The batch sizes that are timed, each at least 1; memory is that of the largest.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [1, 32];

    /// <summary>Timed runs of every network at every batch size, at least 1.</summary>
    public int Repeats { get; init; } = 15;

    /// <summary>Runs before those, not timed, at least 0.</summary>
    public int WarmUp { get; init; } = 3;
}
