using System.Collections.Concurrent;
using Amodal.Native;
using static TorchSharp.torch;

namespace Amodal.Tests.Native;

public class TorchPartsTests
{
    [Theory]
    [InlineData(1, 0, 3)] // alone, and nothing told of it
    [InlineData(1, 2_000_000_000, 3)]
    [InlineData(1, 1_000_000, 1)] // alone and small
    [InlineData(5, 2_000_000_000, 1)] // side by side
    public void A_part_has_one_thread_unless_it_is_alone_and_large(int count, long flops, int expected)
    {
        set_num_threads(3);
        try
        {
            var (seen, elsewhere) = (new ConcurrentBag<int>(), new ConcurrentBag<int>());
            using var scope = NewDisposeScope();
            var given = new TorchParts(CPU).Each([.. Enumerable.Range(0, count)], part =>
            {
                seen.Add(get_num_threads());
                // A thread of someone else's, which uses torch for the first time meanwhile.
                var other = new Thread(() => elsewhere.Add(get_num_threads()));
                other.Start();
                Assert.True(other.Join(TimeSpan.FromMinutes(1)));
                return [tensor(part), tensor(10 * part)];
            }, _ => flops);
            Assert.Equal(Enumerable.Repeat(expected, count), seen);
            Assert.Equal(3, get_num_threads());
            Assert.All(elsewhere, n => Assert.Equal(3, n));
            Assert.Equal(Enumerable.Range(0, count).SelectMany(part => new[] { part, 10 * part }), given.SelectMany(g => g).Select(t => t.item<int>()));
        }
        finally
        {
            set_num_threads(1);
        }
    }
}
