using static TorchSharp.torch.nn;

namespace Amodal.Methods.Mctn;

/// <summary>
/// Translations from one modality to the others in turn. A level encodes a sequence by a two-way LSTM, whose directions are added, and
/// decodes its target from that with attention; the next level goes on from the encoding. In the first level the same two networks take
/// the decoded sequence back to the source. A prediction comes from the last encoding, and needs the source alone.
/// </summary>
internal sealed class MctnChain : Module
{
    private readonly int _hidden;
    [ComponentName(Name = "encoders")] private readonly ModuleList<LSTM> _encoders;
    [ComponentName(Name = "decoders")] private readonly ModuleList<Decoder> _decoders;
    [ComponentName(Name = "head")] private readonly LSTM _head;
    [ComponentName(Name = "attention")] private readonly Sequential _attention;
    [ComponentName(Name = "output")] private readonly Linear _output;

    /// <param name="source">Features of a step of the source.</param>
    /// <param name="targets">Those of the others, in order.</param>
    /// <param name="hidden">Width of all recurrent layers.</param>
    /// <param name="outputs">Width of the prediction.</param>
    public MctnChain(int source, IReadOnlyList<int> targets, int hidden, int outputs)
        : base(nameof(MctnChain))
    {
        _hidden = hidden;
        var first = Math.Max(source, targets[0]); // what goes in and what comes out are of one width there, filled up with zeros
        _encoders = ModuleList(targets.Select((_, i) => LSTM(i == 0 ? first : hidden, hidden, batchFirst: true, bidirectional: true)).ToArray());
        _decoders = ModuleList(targets.Select((width, i) => new Decoder(hidden, i == 0 ? first : width)).ToArray());
        _head = LSTM(hidden, hidden, batchFirst: true);
        _attention = Sequential(Linear(hidden, hidden), Tanh(), Linear(hidden, 1, hasBias: false));
        _output = Linear(hidden, outputs);
        RegisterComponents();
    }

    /// <summary>A head's outputs, (row), or (row, width).</summary>
    /// <param name="source">(row, time, width).</param>
    public Tensor Predict(Tensor source) => Head(_encoders.Index().Aggregate(source, (x, level) => Encode(level.Index, x)));

    /// <summary>The outputs, and the mean square errors of every translation and of the way back.</summary>
    /// <param name="targets">(row, time, width) of the others, in order.</param>
    /// <param name="held">1 for each where a row has it, (row, 1, 1); a translation to what is not there does not count.</param>
    public (Tensor Outputs, Tensor Error) Run(Tensor source, IReadOnlyList<Tensor> targets, IReadOnlyList<Tensor> held)
    {
        var (x, errors) = (source, new List<Tensor>());
        foreach (var (level, target) in targets.Index())
        {
            x = Encode(level, x);
            var decoded = _decoders[level].Run(x, (int)target.shape[1]);
            errors.Add(((Narrow(decoded, target) - target) * held[level]).square().mean());
            if (level == 0)
            {
                var back = _decoders[0].Run(Encode(0, decoded), (int)source.shape[1]);
                errors.Add((Narrow(back, source) - source).square().mean());
            }
        }

        return (Head(x), errors.Aggregate((a, b) => a + b));
    }

    private Tensor Encode(int level, Tensor x)
    {
        var lacking = level == 0 ? _decoders[0].Width - x.shape[2] : 0;
        var (both, _, _) = _encoders[level].forward(lacking > 0 ? cat([x, zeros(x.shape[0], x.shape[1], lacking, device: x.device)], 2) : x);
        return both.narrow(2, 0, _hidden) + both.narrow(2, _hidden, _hidden);
    }

    private Tensor Head(Tensor x)
    {
        var (states, _, _) = _head.forward(x);
        var weights = functional.softmax(_attention.forward(states), 1);
        return TargetLoss.Heads(_output.forward((weights * states).sum([1])));
    }

    private static Tensor Narrow(Tensor x, Tensor like) => x.narrow(2, 0, like.shape[2]);

    /// <summary>An LSTM that at every step looks at a sequence by attention from its state (Bahdanau et al. 2015). It is never shown the target.</summary>
    private sealed class Decoder : Module
    {
        private readonly int _hidden;
        [ComponentName(Name = "keys")] private readonly Linear _keys;
        [ComponentName(Name = "query")] private readonly Linear _query;
        [ComponentName(Name = "score")] private readonly Linear _score;
        [ComponentName(Name = "cell")] private readonly LSTMCell _cell;
        [ComponentName(Name = "output")] private readonly Linear _output;

        public Decoder(int hidden, int width)
            : base(nameof(Decoder))
        {
            (_hidden, Width) = (hidden, width);
            _keys = Linear(hidden, hidden);
            _query = Linear(hidden, hidden, hasBias: false);
            _score = Linear(hidden, 1, hasBias: false);
            _cell = LSTMCell(hidden, hidden);
            _output = Linear(hidden, width);
            RegisterComponents();
        }

        /// <summary>Features of a decoded step.</summary>
        public int Width { get; }

        /// <summary>So many steps from an encoded sequence, (row, steps, width).</summary>
        public Tensor Run(Tensor encoded, int steps)
        {
            var (keys, states) = (_keys.forward(encoded), new List<Tensor>());
            var (h, c) = (zeros(encoded.shape[0], _hidden, device: encoded.device), zeros(encoded.shape[0], _hidden, device: encoded.device));
            for (var step = 0; step < steps; step++)
            {
                var weights = functional.softmax(_score.forward(tanh(keys + _query.forward(h).unsqueeze(1))), 1);
                (h, c) = _cell.forward((weights * encoded).sum([1]), (h, c));
                states.Add(h);
            }

            return _output.forward(stack(states, 1));
        }
    }
}
