namespace Amodal.Methods.Imder;

/// <summary>A published score network as a backbone of exactly one condition.</summary>
internal sealed class ImderScoreNetwork(ConditionalUNet network) : IScoreNetwork
{
    public Tensor Evaluate(Tensor x, Tensor t, IReadOnlyList<Condition> conditions) => network.Forward(x, t, conditions.Single().Latent);
}
