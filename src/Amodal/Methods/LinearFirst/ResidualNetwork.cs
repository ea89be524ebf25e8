using static TorchSharp.torch.nn;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// What the linear part leaves: two hidden layers with a skip on the filled numbers and a flag per modality. Its last layer
/// begins at zero, so that training begins from the closed form. Where the linear part is trained, it is a layer from zero here.
/// </summary>
internal sealed class ResidualNetwork : Module
{
    private readonly double _dropout;
    [ComponentName(Name = "input")]
    private readonly Linear? _input;
    [ComponentName(Name = "hidden")]
    private readonly Linear? _hidden;
    [ComponentName(Name = "output")]
    private readonly Linear? _output;
    [ComponentName(Name = "linear")]
    private readonly Linear? _linear;

    /// <summary>Creates the network with torch's initial weights, and zeros in its last layers.</summary>
    public ResidualNetwork(int numbers, int modalities, int width, LinearFirstOptions options)
        : base(nameof(ResidualNetwork))
    {
        _dropout = options.Dropout;
        if (options.Width > 0)
        {
            _input = nn.Linear(numbers + modalities, options.Width);
            _hidden = nn.Linear(options.Width, options.Width);
            _output = Zero(nn.Linear(options.Width, width));
        }

        _linear = options.Linear == LinearPart.Trained ? Zero(nn.Linear(numbers + modalities, width)) : null;
        register_buffer("scales", ones(numbers));
        register_buffer("gate", ones(1));
        RegisterComponents();

        static Linear Zero(Linear layer)
        {
            init.zeros_(layer.weight);
            init.zeros_(layer.bias);
            return layer;
        }
    }

    /// <summary>Sets what the numbers are divided by.</summary>
    public void Scale(Tensor scales)
    {
        using var noGradient = no_grad();
        get_buffer("scales")!.copy_(scales);
    }

    /// <summary>Sets how much of its answer counts.</summary>
    /// <param name="share">From 0 to 1.</param>
    public void Gate(double share)
    {
        using var noGradient = no_grad();
        get_buffer("gate")!.fill_(share);
    }

    /// <summary>Adds to all its answers, by output; of a network whose linear part is trained.</summary>
    public void Shift(Tensor by)
    {
        using var noGradient = no_grad();
        _linear!.bias!.add_(by);
    }

    /// <summary>Whether any of its answer counts.</summary>
    public bool IsOpen => get_buffer("gate")!.item<float>() != 0;

    /// <summary>What to add to the linear outputs, (row, width).</summary>
    /// <param name="filled">(row, numbers).</param>
    /// <param name="flags">(row, modality), 1 where it is observed.</param>
    public Tensor Predict(Tensor filled, Tensor flags)
    {
        using var scope = NewDisposeScope();
        var x = cat([filled / get_buffer("scales")!, flags], 1);
        List<Tensor> parts = _linear is null ? [] : [_linear.forward(x)];
        if (_input is not null)
        {
            var first = Drop(functional.gelu(_input.forward(x)));
            parts.Add(_output!.forward(first + Drop(functional.gelu(_hidden!.forward(first)))));
        }

        return (parts.Aggregate((a, b) => a + b) * get_buffer("gate")!).MoveToOuterDisposeScope();
    }

    private Tensor Drop(Tensor x) => training && _dropout > 0 ? functional.dropout(x, _dropout) : x;
}
