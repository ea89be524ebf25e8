using Amodal.Latents;
using static TorchSharp.torch;

namespace Amodal.Tests.Latents;

public class TimeConvolutionTests
{
    // Widths of real data among them, and those at which libtorch's own convolution failed.
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 2, 1, 1, 3, 1 }, { 1, 20, 32, 3, 5 }, { 5, 20, 32, 3, 7 }, { 3, 35, 32, 3, 4 }, { 2, 74, 32, 3, 6 }, { 16, 8, 8, 3, 1 },
        { 4, 32, 20, 3, 3 }, { 3, 24, 24, 3, 5 }, { 2, 5, 6, 1, 4 }, { 2, 3, 2, 2, 4 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Results_and_gradients_are_the_sums_worked_out_by_hand(int batch, int inputs, int outputs, int kernel, int length)
    {
        using var scope = NewDisposeScope();
        var padding = kernel == 3 ? 1 : 0;
        using var convolution = new TimeConvolution(inputs, outputs, kernel, padding);
        Draws.Fill(convolution, 1, std: 1);
        var x = Draws.Normal(2, batch, length, inputs).requires_grad_();
        var y = convolution.forward(x);
        var steps = length + (2 * padding) - kernel + 1;
        Assert.Equal([batch, steps, outputs], y.shape);
        var g = Draws.Normal(3, batch, steps, outputs);
        (y * g).sum().backward();

        var parameters = convolution.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var (w, b) = (Values(parameters["weight"]), Values(parameters["bias"]));
        var (xs, gs) = (Values(x), Values(g));
        var (expected, dx, dw) = (new double[batch * steps * outputs], new double[xs.Length], new double[w.Length]);
        foreach (var (n, t, o) in from n in Enumerable.Range(0, batch) from t in Enumerable.Range(0, steps) from o in Enumerable.Range(0, outputs) select (n, t, o))
        {
            var at = (((n * steps) + t) * outputs) + o;
            expected[at] = b[o];
            for (var k = 0; k < kernel; k++)
            {
                if (t + k - padding is >= 0 and var s && s < length)
                {
                    for (var i = 0; i < inputs; i++)
                    {
                        var (xi, wi) = ((((n * length) + s) * inputs) + i, (((o * inputs) + i) * kernel) + k);
                        expected[at] += xs[xi] * w[wi];
                        dx[xi] += gs[at] * w[wi];
                        dw[wi] += gs[at] * xs[xi];
                    }
                }
            }
        }

        Close(expected, y);
        Close(dx, x.grad!);
        Close(dw, parameters["weight"].grad!);

        // Sums of at most 225 products in float32, of numbers about 1: 225 * 2^-24 = 1.3e-5 of the largest at worst.
        static void Close(double[] expected, Tensor actual) => Relative.Equal(Floats(expected), Values(actual), 2e-5, size: 1);
    }

    [Fact]
    public void Fresh_weights_are_spread_as_torch_s_own()
    {
        // Uniform within 1 / sqrt(inputs * kernel); of 4,800 numbers the largest is within a hundredth of it.
        using var convolution = new TimeConvolution(50, 32, 3);
        var largest = convolution.named_parameters().Single(p => p.name == "weight").parameter.detach().abs().max().item<float>();
        Assert.InRange(largest * Math.Sqrt(150), 0.99, 1);
    }

    [Theory]
    [InlineData(2, 3, 5, 3, 2, 1, 7)]
    [InlineData(3, 20, 32, 3, 2, 1, 6)]
    [InlineData(1, 4, 2, 3, 2, 1, 1)]
    [InlineData(2, 2, 3, 4, 3, 0, 9)]
    public void A_stride_takes_every_so_many_th_result(int batch, int inputs, int outputs, int kernel, int stride, int padding, int length)
    {
        using var scope = NewDisposeScope();
        using var every = new TimeConvolution(inputs, outputs, kernel, padding);
        using var some = new TimeConvolution(inputs, outputs, kernel, padding, stride: stride);
        Draws.Fill(every, 1, std: 1);
        Draws.Fill(some, 1, std: 1);
        var x = Draws.Normal(2, batch, length, inputs);
        var expected = every.forward(x).slice(1, 0, long.MaxValue, stride);
        Relative.Equal(expected, some.forward(x), 2e-5, size: 1); // the same sums, of 60 products at most, perhaps in another order
    }

    [Theory]
    [InlineData(2, 5, 3, 3, 2, 1, 6, 12)]
    [InlineData(2, 32, 20, 3, 2, 1, 6, 11)]
    [InlineData(1, 2, 4, 3, 2, 1, 1, 1)]
    [InlineData(3, 4, 2, 3, 1, 1, 5, 5)]
    [InlineData(2, 3, 2, 5, 3, 0, 4, 14)]
    public void The_transpose_adds_every_step_to_where_the_convolution_takes_it_from(
        int batch, int inputs, int outputs, int kernel, int stride, int padding, int time, int length)
    {
        using var scope = NewDisposeScope();
        using var transposed = new TransposedTimeConvolution(inputs, outputs, kernel, stride, padding);
        Draws.Fill(transposed, 1, std: 1);
        var x = Draws.Normal(2, batch, time, inputs).requires_grad_();
        var y = transposed.Forward(x, length);
        Assert.Equal([batch, length, outputs], y.shape);
        var g = Draws.Normal(3, batch, length, outputs);
        (y * g).sum().backward();

        var parameters = transposed.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var (w, b, xs, gs) = (Values(parameters["weight"]), Values(parameters["bias"]), Values(x), Values(g));
        var expected = Enumerable.Range(0, batch * length * outputs).Select(i => (double)b[i % outputs]).ToArray();
        var (dx, dw) = (new double[xs.Length], new double[w.Length]);
        foreach (var (n, s, k) in from n in Enumerable.Range(0, batch) from s in Enumerable.Range(0, time) from k in Enumerable.Range(0, kernel) select (n, s, k))
        {
            if ((stride * s) + k - padding is >= 0 and var t && t < length)
            {
                foreach (var (i, o) in from i in Enumerable.Range(0, inputs) from o in Enumerable.Range(0, outputs) select (i, o))
                {
                    var (xi, wi, at) = ((((n * time) + s) * inputs) + i, (((i * outputs) + o) * kernel) + k, (((n * length) + t) * outputs) + o);
                    expected[at] += xs[xi] * w[wi];
                    dx[xi] += gs[at] * w[wi];
                    dw[wi] += gs[at] * xs[xi];
                }
            }
        }

        // Sums of at most 96 products in float32, as above.
        Relative.Equal(Floats(expected), Values(y), 2e-5, size: 1);
        Relative.Equal(Floats(dx), Values(x.grad!), 2e-5, size: 1);
        Relative.Equal(Floats(dw), Values(parameters["weight"].grad!), 2e-5, size: 1);
    }

    private static float[] Floats(double[] values) => [.. values.Select(v => (float)v)];

    private static float[] Values(Tensor x) => x.detach().contiguous().data<float>().ToArray();
}
