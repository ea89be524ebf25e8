using static TorchSharp.torch.nn.functional;

namespace Amodal.Diffusion.Networks;

/// <summary>
/// The regression of adaLN-Zero (Peebles and Xie 2023): shifts, scales and gates from what conditions the tokens, all 0
/// until trained, so that a block begins as the identity. A dense layer on silu of a vector that all tokens share and,
/// where there is one, of a vector per token: one layer on both, but the shared part is worked out once.
/// </summary>
internal sealed class Modulation : nn.Module
{
    private readonly int _parts;
    [ComponentName(Name = "shared")] private readonly Linear _shared;
    [ComponentName(Name = "steps")] private readonly Linear? _steps;

    /// <param name="stepWidth">Width of a token's own vector; 0 when there is none.</param>
    public Modulation(int parts, int width, int sharedWidth, int stepWidth = 0)
        : base(nameof(Modulation))
    {
        _parts = parts;
        _shared = nn.Linear(sharedWidth, parts * width);
        _steps = stepWidth > 0 ? nn.Linear(stepWidth, parts * width, hasBias: false) : null;
        nn.init.zeros_(_shared.weight!);
        nn.init.zeros_(_shared.bias!);
        if (_steps is not null)
        {
            nn.init.zeros_(_steps.weight!);
        }

        RegisterComponents();
    }

    /// <summary>norm(h) (1 + scale) + shift; the norm has no weights of its own.</summary>
    public static Tensor Apply(Tensor h, Tensor shift, Tensor scale)
    {
        using var scope = NewDisposeScope();
        var normed = layer_norm(h, [h.shape[^1]]);
        return normed.Plus(normed * scale).Plus(shift).MoveToOuterDisposeScope();
    }

    /// <param name="shared">(batch, 1, shared width), or (batch, tokens, shared width) where tokens differ in it.</param>
    /// <param name="steps">(batch, tokens, step width), or (batch, 1, step width); null when there is none.</param>
    /// <returns>The parts, each (batch, tokens or 1, width).</returns>
    public Tensor[] Forward(Tensor shared, Tensor? steps = null)
    {
        var all = _shared.forward(silu(shared));
        return (_steps is null || steps is null ? all : all.Plus(_steps.forward(silu(steps)))).chunk(_parts, 2);
    }

    /// <param name="steps">Vectors per token; of the network's steps layer.</param>
    public long CountFlops(long tokens, long steps = 0) => FlopCount.Linear(tokens, _shared.weight!.shape[1], _shared.weight.shape[0])
        + (_steps is null ? 0 : FlopCount.Linear(steps, _steps.weight!.shape[1], _steps.weight.shape[0]));
}
