using static TorchSharp.torch.nn;

namespace Amodal.Methods.GcNet;

/// <summary>
/// The graph completion network (GCNet, Lian et al. 2023) on whole videos. A recurrent network goes over the utterances of a video, in each the
/// vectors of all modalities, 0 where one is missing. Two graphs over a window of utterances before and behind, one that tells before, same and
/// behind apart, one the same speaker and another, add what the neighbours have; a head predicts, and another gives all vectors back. The loss is
/// <code>task + w E[ sum over missing m of |decode_m - x_m|^2 / d_m ].</code>
/// </summary>
internal sealed class GcNetwork : VectorNetwork
{
    private const double Dropout = 0.5;
    private readonly GcOptions _options;
    private readonly IReadOnlyList<int> _widths;
    [ComponentName(Name = "encoder")] private readonly LSTM _encoder;
    [ComponentName(Name = "temporal")] private readonly Branch _temporal;
    [ComponentName(Name = "speaker")] private readonly Branch _speaker;
    [ComponentName(Name = "head")] private readonly Linear _head;
    [ComponentName(Name = "decoder")] private readonly Linear _decoder;

    public GcNetwork(VectorContext context)
        : base(nameof(GcNetwork))
    {
        (_options, _widths) = (context.Options.Methods.Of<GcOptions>(), context.Widths);
        _encoder = LSTM(_widths.Sum(), _options.Width, numLayers: 2, batchFirst: true, dropout: Dropout, bidirectional: true);
        (_temporal, _speaker) = (new Branch(_options.Width, relations: 3), new Branch(_options.Width, relations: 2));
        (_head, _decoder) = (Linear(_temporal.Outputs, context.Target.Width), Linear(_temporal.Outputs, _widths.Sum()));
        register_buffer("videos", zeros(1, dtype: ScalarType.Int64));
        RegisterComponents();
    }

    /// <summary>Its line in the catalogue.</summary>
    public static MethodDescriptor Descriptor { get; } = VectorMethod.Describe(
        "gcnet", "A graph over the utterances of a video, which lend each other what they have. Costs: minutes beside the classifiers.", ["gcnet"],
        context => new GcNetwork(context), new GcOptions());

    public override IReadOnlyList<IReadOnlyDictionary<string, Module>> Kept => [new Dictionary<string, Module> { ["network"] = this }];

    public override bool SeesVideos => true;

    /// <summary>The edges from each utterance of a video, the row, to those in its window: before it, itself, and behind it, (3, length, length).</summary>
    /// <param name="window">How many on each side; -1 for all.</param>
    public static Tensor Edges(int length, int window)
    {
        var edges = new float[3 * length * length];
        for (var i = 0; i < length; i++)
        {
            for (var j = window < 0 ? 0 : Math.Max(0, i - window); j < (window < 0 ? length : Math.Min(length, i + window + 1)); j++)
            {
                edges[((((Math.Sign(j - i) + 1) * length) + i) * length) + j] = 1;
            }
        }

        using var found = tensor(edges, [3, length, length]);
        return found.clone(); // as in UtteranceNoise, for the same bits whenever it is repeated
    }

    public override void Train(IReadOnlyList<string> names, VectorData data, IStageSequence stages)
    {
        var labelled = data.Labelled.ToHashSet();
        _ = get_buffer("videos")!.fill_(data.VideosKey);
        stages.Run(new PlainStage(
            names[0], data.Seed, Kept[0], _options.Training, [.. data.Videos.Index().Where(v => v.Item.Any(row => labelled.Contains(row))).Select(v => (long)v.Index)],
            (videos, random) =>
            {
                long[] rows = [.. videos.SelectMany(video => data.Videos[(int)video]).Select(row => (long)row)];
                var batch = data.TrainVideos(videos, random);
                var known = tensor([.. rows.Index().Where(r => labelled.Contains(r.Item)).Select(r => (long)r.Index)], device: batch.Given.device);
                var code = Code(batch);
                return TargetLoss.Mean(data.Target, TargetLoss.Heads(_head.forward(code)).index_select(0, known), data.Labels(rows).index_select(0, known))
                    .Plus(Reconstruction(batch, code), _options.Reconstruction);
            },
            stop => data.Loss(Predict, stop)));
        if (get_buffer("videos")!.item<long>() != data.VideosKey)
        {
            throw new InputException($"stage {names[0]}", "videos", "was trained where other utterances are of one video, or are another speaker's; train without taking it over.");
        }
    }

    public override Tensor Predict(VectorBatch rows) => TargetLoss.Heads(_head.forward(Code(rows)));

    /// <summary>E[ sum over missing m of |decode_m - x_m|^2 / d_m ]; 0 where nothing is missing.</summary>
    public Tensor Reconstruction(VectorBatch rows, Tensor code)
    {
        var (decoded, missing, start) = (_decoder.forward(code), rows.Missing, 0L);
        var errors = new List<Tensor>();
        foreach (var (m, x) in rows.Truth.Index())
        {
            errors.Add((decoded.narrow(1, start, x.shape[1]) - x).square().mean([1]) * missing.select(1, m));
            start += x.shape[1];
        }

        return errors.Aggregate((a, b) => a.Plus(b)).mean();
    }

    /// <summary>What the graphs make of each row, among those of its video. Videos of one length go together, so that nothing is padded.</summary>
    public Tensor Code(VectorBatch rows)
    {
        var count = (int)rows.Given.shape[0];
        var pieces = (rows.Videos ?? [.. Enumerable.Range(0, count).Select(row => (IReadOnlyList<int>)[row])]).SelectMany(video => video.Chunk(_options.Longest));
        var x = cat([.. rows.Observed], 1);
        var (codes, order) = (new List<Tensor>(), new List<int>());
        foreach (var group in pieces.GroupBy(piece => piece.Length))
        {
            int[] of = [.. group.SelectMany(piece => piece)];
            using var held = Edges(group.Key, _options.Window);
            var (edges, sequences) = (held.to(x.device), x.index_select(0, tensor([.. of.Select(row => (long)row)], device: x.device)).reshape(-1, group.Key, x.shape[1]));
            var (states, _, _) = _encoder.forward(sequences);
            var isSame = rows.Speakers is { } speakers ? Same(tensor([.. of.Select(row => speakers[row])], device: x.device).reshape(-1, group.Key)) : ones(1, group.Key, group.Key, device: x.device);
            codes.Add(_temporal.Run(states, edges).Plus(_speaker.Run(states, stack([isSame, isSame.Times(-1).Plus(1)]) * edges.sum([0]))).flatten(0, 1));
            order.AddRange(of);
        }

        var back = new long[count];
        foreach (var (place, row) in order.Index())
        {
            back[row] = place;
        }

        return cat(codes).index_select(0, tensor(back, device: x.device));

        static Tensor Same(Tensor speakers) => speakers.unsqueeze(2).eq(speakers.unsqueeze(1)).to(ScalarType.Float32);
    }

    /// <summary>A relational and a plain graph convolution, and a recurrent network over what comes out beside what went in.</summary>
    private sealed class Branch : Module
    {
        [ComponentName(Name = "own")] private readonly Linear _own;
        [ComponentName(Name = "relations")] private readonly ModuleList<Linear> _relations;
        [ComponentName(Name = "self")] private readonly Linear _self;
        [ComponentName(Name = "neighbours")] private readonly Linear _neighbours;
        [ComponentName(Name = "recurrent")] private readonly LSTM _recurrent;
        [ComponentName(Name = "output")] private readonly Linear _output;

        public Branch(int width, int relations)
            : base(nameof(Branch))
        {
            var (from, hidden) = (2 * width, Math.Max(1, width / 2));
            Outputs = from + hidden;
            _own = Linear(from, hidden);
            _relations = ModuleList(Enumerable.Range(0, relations).Select(_ => Linear(from, hidden, hasBias: false)).ToArray());
            (_self, _neighbours) = (Linear(hidden, hidden, hasBias: false), Linear(hidden, hidden));
            _recurrent = LSTM(Outputs, Outputs, numLayers: 2, batchFirst: true, dropout: Dropout, bidirectional: true);
            _output = Linear(2 * Outputs, Outputs);
            RegisterComponents();
        }

        /// <summary>Numbers that come out for each utterance.</summary>
        public int Outputs { get; }

        /// <param name="x">(video, utterance, width).</param>
        /// <param name="edges">Those of each relation, (relation, utterance, utterance), or (relation, video, utterance, utterance).</param>
        public Tensor Run(Tensor x, Tensor edges)
        {
            var h = _own.forward(x);
            foreach (var (relation, layer) in _relations.Index())
            {
                var of = edges.select(0, relation);
                h = h.Plus((of / of.sum([-1], keepdim: true).clamp_min(1)).matmul(layer.forward(x))); // the mean of the neighbours
            }

            h = _self.forward(h).Plus(_neighbours.forward(edges.sum([0]).matmul(h))); // their sum
            var (states, _, _) = _recurrent.forward(cat([x, h], 2));
            return functional.relu(_output.forward(states));
        }
    }
}

/// <summary>Settings of the method gcnet.</summary>
internal sealed record GcOptions
{
    /// <summary>Width of the first recurrent network, in each direction.</summary>
    [Range(1, 1024)]
    public int Width { get; init; } = 100;

    /// <summary>Utterances before and behind that an utterance is joined with; -1 for all of the video.</summary>
    [Range(-1, 1000)]
    public int Window { get; init; } = 2;

    /// <summary>Most utterances of a video; a longer one is cut to pieces of so many.</summary>
    [Range(1, 1000)]
    public int Longest { get; init; } = 100;

    /// <summary>Weight of the reconstruction of what is missing.</summary>
    [Range(0, 100)]
    public double Reconstruction { get; init; } = 1;

    /// <summary>The training; a batch is so many videos.</summary>
    public ClassifierStageOptions Training { get; init; } = new() { Epochs = 100, Patience = 20, LearningRate = 0.001, WeightDecay = 1e-5, BatchSize = 32 };
}
