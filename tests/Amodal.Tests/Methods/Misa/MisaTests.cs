using Amodal.Methods.Misa;
using Amodal.Tests.Methods.Fills;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Misa;

public class MisaTests
{
    [Fact]
    public void Nothing_is_apart_from_itself_and_what_is_shifted_is_by_the_length_of_the_shift()
    {
        using var scope = NewDisposeScope();
        var x = SimpleFillTests.Normal(50, 3).requires_grad_();
        Assert.Equal(0, MisaNetwork.Discrepancy(x, x).item<float>());
        Relative.Equal(tensor(5f), MisaNetwork.Discrepancy(x, x + tensor(new float[] { 0, 3, -4 })), 1e-4);
        Assert.InRange(MisaNetwork.Discrepancy(x, x * 2).item<float>(), 1, double.MaxValue);
        MisaNetwork.Discrepancy(x, x.detach()).backward();
        Assert.True(x.grad!.isfinite().all().item<bool>()); // where it is 0, too
    }

    [Fact]
    public void Orthogonal_representations_have_nothing_in_common_and_equal_ones_the_square_of_their_rows()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor(new float[] { 1, 1, -1, -1 }, [4, 1]), tensor(new float[] { 1, -1, 1, -1 }, [4, 1]));
        Assert.Equal(0, MisaNetwork.Difference(a, b).item<float>(), 1e-6);
        Assert.Equal(16, MisaNetwork.Difference(a, a).item<float>(), 1e-4);
        Assert.Equal(16, MisaNetwork.Difference(a, (a * 3) + 7).item<float>(), 1e-4); // neither mean nor length counts
    }
}
