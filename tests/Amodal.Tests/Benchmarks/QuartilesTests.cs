using Amodal.Benchmarks;

namespace Amodal.Tests.Benchmarks;

public class QuartilesTests
{
    [Fact]
    public void They_lie_between_neighbours_in_order()
    {
        Assert.Equal(new Quartiles(2, 3, 4), Quartiles.Of([5, 1, 4, 2, 3]));
        Assert.Equal(new Quartiles(1.75, 2.5, 3.25), Quartiles.Of([4, 3, 2, 1]));
        Assert.Equal(new Quartiles(7, 7, 7), Quartiles.Of([7]));
    }

    [Fact]
    public void Nothing_has_none() => Assert.Null(Quartiles.Of([]));
}
