using static TorchSharp.torch.nn;

namespace Amodal.Methods.Correlation;

/// <summary>
/// Linear canonical correlation of every pair of modalities, as in the baselines of GCNet (Lian et al. 2023): an utterance's code are
/// its projections in all pairs, what is missing filled by the mean; a linear layer predicts from it.
/// </summary>
internal sealed class CcaNetwork : VectorNetwork
{
    private readonly CcaOptions _options;
    private readonly IReadOnlyList<(int A, int B)> _pairs;
    [ComponentName(Name = "directions")] private readonly Module _directions = new Directions();
    [ComponentName(Name = "head")] private readonly Linear _head;

    public CcaNetwork(VectorContext context)
        : base(nameof(CcaNetwork))
    {
        _options = context.Options.Methods.Of<CcaOptions>();
        var widths = context.Widths;
        _pairs = [.. Enumerable.Range(0, widths.Count).SelectMany(b => Enumerable.Range(0, b).Select(a => (a, b)))];
        foreach (var (a, b) in _pairs)
        {
            _directions.register_buffer($"a{a}-{b}", zeros(widths[a], Size(a, b)));
            _directions.register_buffer($"b{a}-{b}", zeros(widths[b], Size(a, b)));
        }

        _head = Linear(_pairs.Sum(p => 2 * Size(p.A, p.B)), context.Target.Width);
        RegisterComponents();

        int Size(int a, int b) => Math.Min(_options.Components, Math.Min(widths[a], widths[b]));
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = VectorMethod.Describe(
        "cca", "Canonical correlation of every pair of modalities, and a linear prediction. Costs: seconds beside the classifiers.", ["cca", "cca-head"], context => new CcaNetwork(context), new CcaOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept =>
        [new Dictionary<string, Module> { ["directions"] = _directions }, new Dictionary<string, Module> { ["head"] = _head }];

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages)
    {
        stages.Fit(names[0], Kept[0], () =>
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var rows = data.Train(data.All);
            foreach (var (a, b) in _pairs)
            {
                var both = (rows.Present.select(1, a) * rows.Present.select(1, b)).nonzero().squeeze(1);
                if (both.numel() > 1)
                {
                    var (left, right, _) = CanonicalCorrelation.Fit(
                        rows.Truth[a].index_select(0, both), rows.Truth[b].index_select(0, both), (int)Of("a", a, b).shape[1], _options.Penalty);
                    Of("a", a, b).copy_(left);
                    Of("b", a, b).copy_(right);
                }
            }
        });
        TrainHead(names[1], _head, _options.Head, data, Code, stages);
    }

    public override Tensor Predict(VectorBatch rows) => TargetLoss.Heads(_head.forward(Code(rows)));

    private Tensor Code(VectorBatch rows)
    {
        var x = rows.Observed;
        return cat([.. _pairs.SelectMany(p => new[] { x[p.A].matmul(Of("a", p.A, p.B)), x[p.B].matmul(Of("b", p.A, p.B)) })], 1);
    }

    private Tensor Of(string side, int a, int b) => _directions.get_buffer($"{side}{a}-{b}")!;

    private sealed class Directions() : Module(nameof(Directions));
}

/// <summary>Settings of the method cca.</summary>
internal sealed record CcaOptions
{
    /// <summary>Directions of each pair of modalities; as many as the narrower has numbers where these are fewer.</summary>
    [Range(1, 512)]
    public int Components { get; init; } = 20;

    /// <summary>Added to the variance of every number, which is 1.</summary>
    [Range(1e-6, 100)]
    public double Penalty { get; init; } = 1e-4;

    /// <summary>The linear prediction from the codes.</summary>
    public ClassifierStageOptions Head { get; init; } = new() { Epochs = 100, BatchSize = 64 };
}
