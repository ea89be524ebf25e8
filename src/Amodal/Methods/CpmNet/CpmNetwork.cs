using TorchSharp;
using static TorchSharp.torch.nn;

namespace Amodal.Methods.CpmNet;

/// <summary>
/// Cross partial multi-view networks (CPM-Nets, Zhang et al. 2019). Nothing is encoded: each training utterance has a free vector h, from which a
/// layer for each modality gives what the utterance has of it, and of which F(h, c), the mean inner product with those of class c, is
/// to be greatest for its own class y. The loss is, in the mean over the rows,
/// <code>sum over observed m of |f_m(h) - x_m|^2 + w max(0, D + max_c F(h, c) - F(h, y)), D = 1 where the greatest is not y's.</code>
/// The h of an utterance that is asked for is what gives its observed modalities back best, and its class that with the greatest F.
/// </summary>
internal sealed class CpmNetwork : VectorNetwork
{
    private const double Penalty = 0.01; // on h^2, where what is observed leaves it open
    private readonly CpmOptions _options;
    [ComponentName(Name = "decoders")] private readonly ModuleList<Linear> _decoders;

    public CpmNetwork(VectorContext context)
        : base(nameof(CpmNetwork))
    {
        if (context.Target is not ClassTarget)
        {
            throw new InputException("method", "cpm-net", $"tells classes apart, and the labels are {context.Target.Text}; give data with class labels, or choose another method.");
        }

        _options = context.Options.Methods.Of<CpmOptions>();
        _decoders = ModuleList(context.Widths.Select(width => Linear(_options.Size, width)).ToArray());
        register_buffer("means", zeros(context.Target.Width, _options.Size));
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = VectorMethod.Describe(
        "cpm-net", "A free vector for each utterance that gives back what is observed; for class labels only. Costs: a minute or two beside the classifiers.", ["cpm-net"],
        context => new CpmNetwork(context), new CpmOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept => [new Dictionary<string, Module> { ["network"] = this }];

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages)
    {
        using var hidden = new Hidden(data.All.Count, _options.Size);
        using var labels = data.Labels(data.Labelled);
        _ = hidden.to(labels.device);
        using var members = functional.one_hot(labels.to(ScalarType.Int64), Means.shape[0]).to(ScalarType.Float32).t().contiguous(); // (class, labelled row)
        var (place, counts) = (data.Labelled.Index().ToDictionary(p => p.Item, p => (long)p.Index), members.sum([1]));
        stages.Run(new PlainStage(
            names[0], data.Seed, new Dictionary<string, Module> { ["network"] = this, ["hidden"] = hidden }, _options.Training, data.Labelled,
            (rows, _) =>
            {
                var (batch, h) = (data.Train(rows), hidden.Rows([.. rows]));
                var own = members.index_select(1, tensor([.. rows.Select(row => place[row])], device: h.device)).t();
                return Reconstruction(batch, h).Plus(Separation(h, own, members.matmul(hidden.Rows(data.Labelled)), counts), _options.Separation);
            },
            stop =>
            {
                Means.copy_(members.matmul(hidden.Rows(data.Labelled)) / counts.clamp_min(1).unsqueeze(1));
                return data.Loss(Predict, stop);
            })
        {
            Kept = Kept[0],
        });
        counts.Dispose();
    }

    public override Tensor Predict(VectorBatch rows) => Find(rows).matmul(Means.t());

    /// <summary>The mean over the rows of the square error of what they have.</summary>
    public Tensor Reconstruction(VectorBatch rows, Tensor h) =>
        rows.Observed.Select((x, m) => ((_decoders[m].forward(h) - x).square() * rows.Given.narrow(1, m, 1)).sum([1])).Aggregate((a, b) => a.Plus(b)).mean();

    /// <summary>How far the class of each row is from having the greatest mean inner product with the others.</summary>
    /// <param name="own">1 at a row's class, (row, class).</param>
    /// <param name="sums">The sum of all vectors of each class, (class, size).</param>
    /// <param name="counts">How many there are.</param>
    public static Tensor Separation(Tensor h, Tensor own, Tensor sums, Tensor counts)
    {
        var products = (h.matmul(sums.t()) - (own * h.square().sum([1], keepdim: true))) / (counts - own).clamp_min(1);
        var (greatest, which) = products.max(1);
        var isWrong = own.argmax(1).ne(which).to(ScalarType.Float32);
        return functional.relu(isWrong.Plus(greatest) - (products * own).sum([1])).mean();
    }

    private Tensor Means => get_buffer("means")!;

    /// <summary>The vectors that give back best what is observed, in closed form, set by set.</summary>
    private Tensor Find(VectorBatch rows)
    {
        var found = zeros(rows.Given.shape[0], _options.Size, device: rows.Given.device);
        var modalities = _decoders.Count;
        var given = rows.Given.cpu().contiguous().data<float>().ToArray();
        foreach (var group in Enumerable.Range(0, (int)rows.Given.shape[0]).GroupBy(row => ModalitySet.Of([.. Enumerable.Range(0, modalities).Where(m => given[(row * modalities) + m] > 0)]), row => (long)row))
        {
            var index = tensor([.. group], device: found.device);
            var weights = cat([.. group.Key.Members.Select(m => _decoders[m].weight)]);
            var rest = cat([.. group.Key.Members.Select(m => rows.Truth[m].index_select(0, index) - _decoders[m].bias!)], 1);
            var gram = weights.t().matmul(weights).Plus(eye(_options.Size, device: found.device), Penalty);
            _ = found.index_copy_(0, index, linalg.solve(gram, weights.t().matmul(rest.t())).t());
        }

        return found;
    }

    private sealed class Hidden : Module
    {
        [ComponentName(Name = "vectors")] private readonly Parameter _vectors;

        public Hidden(int rows, int size)
            : base(nameof(Hidden))
        {
            _vectors = new Parameter(init.xavier_uniform_(empty(rows, size)));
            RegisterComponents();
        }

        public Tensor Rows(IReadOnlyList<long> rows) => _vectors.index_select(0, tensor([.. rows], device: _vectors.device));
    }
}

/// <summary>Settings of the method cpm-net.</summary>
internal sealed record CpmOptions
{
    /// <summary>Numbers of an utterance's vector.</summary>
    [Range(1, 4096)]
    public int Size { get; init; } = 128;

    /// <summary>Weight of the separation of classes.</summary>
    [Range(0, 1000)]
    public double Separation { get; init; } = 1;

    /// <summary>The training.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 0.01, WeightDecay = 0, BatchSize = 64 };
}
