using Amodal.Engines;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Tests.Native;

/// <summary>Numbers of threads are tried by their refusal: thousands would take the machine's memory.</summary>
public class ThreadCountTests
{
    [Fact]
    public void The_most_is_four_for_each_core_and_never_below_8() => Assert.Equal(Math.Max(8, 4 * Environment.ProcessorCount), ThreadCount.Most);

    [Fact]
    public void Zero_takes_one_per_core_and_what_is_in_range_is_taken()
    {
        Assert.Equal(Environment.ProcessorCount, ThreadCount.Of(0, "--threads"));
        Assert.Equal(1, ThreadCount.Of(1, "--threads"));
        Assert.Equal(ThreadCount.Most, ThreadCount.Of(ThreadCount.Most, "--threads"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100_000)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void What_is_out_of_range_is_refused_with_the_most_there_is(int threads)
    {
        var fault = Assert.Throws<InputException>(() => ThreadCount.Of(threads, "mine.yaml", "threads")).Message;
        Assert.Contains("mine.yaml", fault, StringComparison.Ordinal);
        Assert.Contains($"is {threads}", fault, StringComparison.Ordinal);
        Assert.Contains($"0 to {ThreadCount.Most}", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_engine_takes_more()
    {
        var before = get_num_threads();
        Assert.Throws<ArgumentOutOfRangeException>(() => TorchThreads.Use(ThreadCount.Most + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TorchThreads.Use(0));
        Assert.Equal(before, get_num_threads());
        Assert.Throws<ArgumentOutOfRangeException>(() => OnnxModel.Load("none", ThreadCount.Most + 1));
    }
}
