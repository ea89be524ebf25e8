using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// What the linear part leaves: two hidden layers with a skip on the filled numbers and a flag per modality. Its last layer
/// begins at zero, so that training begins from the closed form.
/// </summary>
internal sealed class ResidualNetwork : Module
{
    private readonly double _dropout;
    [ComponentName(Name = "input")]
    private readonly Linear _input;
    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "output")]
    private readonly Linear _output;

    /// <summary>Creates the network with torch's initial weights, and zeros in its last layer.</summary>
    public ResidualNetwork(int numbers, int modalities, int width, LinearFirstOptions options)
        : base(nameof(ResidualNetwork))
    {
        _dropout = options.Dropout;
        var hidden = Math.Max(1, options.Width);
        _input = nn.Linear(numbers + modalities, hidden);
        _hidden = nn.Linear(hidden, hidden);
        _output = nn.Linear(hidden, width);
        init.zeros_(_output.weight);
        init.zeros_(_output.bias);
        register_buffer("scales", ones(numbers));
        RegisterComponents();
    }

    /// <summary>Sets what the numbers are divided by.</summary>
    public void Scale(Tensor scales)
    {
        using var noGradient = no_grad();
        get_buffer("scales")!.copy_(scales);
    }

    /// <summary>What to add to the linear outputs, (row, width).</summary>
    /// <param name="filled">(row, numbers).</param>
    /// <param name="flags">(row, modality), 1 where it is observed.</param>
    public Tensor Predict(Tensor filled, Tensor flags)
    {
        using var scope = NewDisposeScope();
        var first = Drop(functional.gelu(_input.forward(cat([filled / get_buffer("scales")!, flags], 1))));
        var second = Drop(functional.gelu(_hidden.forward(first)));
        return _output.forward(first + second).MoveToOuterDisposeScope();
    }

    private Tensor Drop(Tensor x) => training && _dropout > 0 ? functional.dropout(x, _dropout) : x;
}
