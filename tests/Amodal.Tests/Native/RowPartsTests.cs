using Amodal.Native;

namespace Amodal.Tests.Native;

public class RowPartsTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 40, 3)]
    [InlineData(4, 3, 1)] // fewer than threads: they help within operations
    [InlineData(4, 4, 4)]
    [InlineData(2, 20, 2)]
    [InlineData(2, 100, 7)]
    [InlineData(2, 0, 0)]
    public void Every_row_is_in_one_part_of_at_most_sixteen(int threads, int rows, int count)
    {
        var parts = new List<RowPart>();
        new RowParts(threads).ForEach(rows, part =>
        {
            lock (parts)
            {
                parts.Add(part);
            }
        });
        Assert.Equal(count, parts.Count);
        Assert.Equal(Enumerable.Range(0, rows), parts.SelectMany(p => Enumerable.Range(p.Start, p.Count)).Order());
        Assert.All(parts, p => Assert.InRange(p.Count, 1, 16));
        Assert.All(parts, p => Assert.Equal(count == 1 || threads == 1, p.IsAlone));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_fault_comes_out_as_it_was_thrown(int threads) => Assert.Throws<OperationCanceledException>(() =>
        new RowParts(threads).ForEach(100, _ => throw new OperationCanceledException()));
}
