using System.Diagnostics;
using System.Runtime.InteropServices;
using Amodal.Diffusion.Networks;
using Amodal.Latents;
using Amodal.Randomness;

namespace Amodal.Tests.Diffusion.Networks;

public class BackboneProfilerTests
{
    private static readonly BackboneOptions Small = new() { Width = 16, Blocks = 1, Heads = 2, MlpWidth = 8, TimeWidth = 4 };

    [Fact]
    public void It_counts_and_times_each_network_in_turn()
    {
        var options = new ProfileOptions
        {
            Backbones = [Small, Small with { Kind = BackboneKind.Unet }],
            Channels = 3,
            Length = 4,
            Conditions = 1,
            Batches = [2, 5, 1],
            Repeats = 2,
            WarmUp = 0,
        };
        var wall = Stopwatch.StartNew();
        var profiles = BackboneProfiler.Measure(options);
        // A median of two calls is at most both: all medians together take no longer than the whole.
        Assert.InRange(profiles.Sum(p => p.Times.Sum(t => t.Milliseconds)), 0, wall.Elapsed.TotalMilliseconds);
        Assert.Equal(options.Backbones, profiles.Select(p => p.Options));
        foreach (var p in profiles)
        {
            using var network = BackboneFactory.Create(p.Options, [new LatentShape(3, 4), new LatentShape(3, 4)], 0, new StableRandom(1));
            Assert.Equal((network.ParameterCount, network.CountFlops([1]), 4 * network.ParameterCount), (p.Parameters, p.Flops, p.ParameterBytes));
            Assert.Equal([2, 5, 1], p.Times.Select(t => t.Batch));
            Assert.Equal(OperatingSystem.IsLinux(), p.PeakBytes is not null);
        }
    }

    [Fact]
    public void The_peak_is_that_of_the_work()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // 64 MiB of pages that are touched, from the system: the collector may hold as many that earlier tests left.
        var peak = Amodal.Native.ResidentMemory.PeakGrowth(() =>
        {
            var pages = Marshal.AllocHGlobal(64 << 20);
            for (var at = 0; at < 64 << 20; at += 1 << 10)
            {
                Marshal.WriteByte(pages, at, 1);
            }

            Marshal.FreeHGlobal(pages);
        });
        Assert.True(peak > 60 << 20, $"only {peak} bytes");
    }

    [Fact]
    public void Options_out_of_range_and_a_stop_are_heeded()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BackboneProfiler.Measure(new ProfileOptions { Length = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => BackboneProfiler.Measure(new ProfileOptions { Batches = [] }));
        Assert.Throws<OperationCanceledException>(() => BackboneProfiler.Measure(
            new ProfileOptions { Backbones = [Small], Channels = 1, Length = 1, Conditions = 0 }, stop: new CancellationToken(canceled: true)));
    }
}
