using static TorchSharp.torch.nn;

namespace Amodal.Training;

/// <summary>One stage of training as the stage runner sees it: what is trained, an epoch, and a validation loss.</summary>
internal abstract class Stage
{
    private readonly Dictionary<string, (double Sum, double Weight)> _notes = [];

    protected Stage(string name, ulong seed) => (Name, Seed) = (name, seed);

    /// <summary>Name in checkpoints, curves and messages.</summary>
    public string Name { get; }

    /// <summary>Seed of everything random in the stage.</summary>
    protected ulong Seed { get; }

    /// <summary>Most epochs.</summary>
    public abstract int Epochs { get; }

    /// <summary>Epochs without a better validation loss before it stops.</summary>
    public abstract int Patience { get; }

    /// <summary>Whether it has as many steps whatever the number of rows.</summary>
    public virtual bool HasFixedSteps => false;

    /// <summary>What the optimiser changes, by name.</summary>
    public abstract IReadOnlyDictionary<string, Module> Trained { get; }

    /// <summary>What is kept of the best epoch, by name in the model.</summary>
    public virtual IReadOnlyDictionary<string, Module> Result => Trained;

    /// <summary>A fresh optimiser over <see cref="Trained"/>.</summary>
    public abstract Adam CreateOptimiser();

    /// <summary>What has to be computed before the first epoch, and before every later one that asks for it.</summary>
    public virtual void Prepare(int epoch, Action<double> progress, CancellationToken stop)
    {
    }

    /// <summary>What has to be set from the learning curve so far, of a resumed stage too.</summary>
    public virtual void BeforeEpoch(IReadOnlyList<EpochRecord> curve, Adam optimiser)
    {
    }

    public abstract double TrainEpoch(int epoch, Adam optimiser, Action<double> progress, CancellationToken stop);

    /// <summary>The loss that selects the best epoch; the same inputs and noise every time.</summary>
    public abstract double Validate(CancellationToken stop);

    /// <summary>What was noted since the last call, by tag in order: losses by part, validation metrics, the gradient's norm.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> TakeNotes()
    {
        List<KeyValuePair<string, double>> means = [.. _notes.Select(n => KeyValuePair.Create(n.Key, n.Value.Sum / n.Value.Weight))];
        _notes.Clear();
        return means;
    }

    /// <summary>Adds to the mean that is logged under a tag.</summary>
    protected void Note(string tag, double value, double weight = 1)
    {
        var (sum, total) = _notes.GetValueOrDefault(tag);
        _notes[tag] = (sum + (value * weight), total + weight);
    }

    /// <summary>Notes the metrics of predictions on the validation split; over several observed sets they are averaged.</summary>
    /// <param name="outputs">A head's outputs for them; they are decoded in place.</param>
    protected void NoteMetrics(Target target, float[] truth, float[] outputs)
    {
        if (!outputs.All(float.IsFinite))
        {
            return; // the validation loss is no number either, which ends the stage
        }

        target.Decode(outputs);
        foreach (var (name, value) in target.Compute(truth, outputs))
        {
            Note($"valid/{name}", value);
        }
    }

    /// <summary>The random sequence of one epoch: a resumed run draws what the uninterrupted one would have.</summary>
    protected StableRandom EpochRandom(int epoch) => new(Seed, StableRandom.KeyOf(StageNames.Before(Name)), (ulong)epoch);

    /// <summary>Trains on shuffled batches of row indices; <c>limit</c> bounds the gradients and returns their norm before.</summary>
    protected double TrainOnBatches(int epoch, int rows, int batchSize, Adam optimiser, IReadOnlyList<Module> modules,
        Func<long[], StableRandom, Tensor> loss, Action<double> progress, CancellationToken stop, Action? afterStep = null, Func<IReadOnlyList<Parameter>, double>? limit = null)
    {
        var random = EpochRandom(epoch);
        SeedTorch(random.NextUInt64()); // dropout is torch's own
        var order = Enumerable.Range(0, rows).Select(i => (long)i).ToArray();
        random.Shuffle(order.AsSpan());
        foreach (var module in modules)
        {
            module.train();
        }

        var (total, count) = (0.0, 0);
        foreach (var batch in order.Chunk(batchSize))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            optimiser.zero_grad();
            var value = loss(batch, random);
            value.backward();
            Note("optimiser/gradient-norm", (limit ?? NormOfGradient)([.. modules.SelectMany(m => m.parameters())]));
            optimiser.step();
            afterStep?.Invoke();
            var number = value.item<float>();
            if (!float.IsFinite(number))
            {
                throw new InputException($"stage {Name}", $"epoch {epoch}", $"the loss is {number} after {count} utterances; lower the learning rate.");
            }

            total += number * batch.Length;
            count += batch.Length;
            progress((double)count / rows);
        }

        foreach (var module in modules)
        {
            module.eval();
        }

        return total / count;
    }

    /// <summary>The norm over all gradients, as clipping computes it.</summary>
    protected static double NormOfGradient(IReadOnlyList<Parameter> parameters)
    {
        using var scope = NewDisposeScope();
        return stack(parameters.Select(p => p.grad).OfType<Tensor>().Select(g => g.norm())).norm().item<float>();
    }

    /// <summary>After a resume: whatever has had a gradient once has one of 0, as if the process had not changed.</summary>
    protected static void KeepMoving(Adam optimiser)
    {
        using var scope = NewDisposeScope();
        var states = optimiser.state_dict().State.Cast<Adam.State>();
        foreach (var (parameter, state) in optimiser.parameters().Zip(states))
        {
            if (state.step > 0 && parameter.grad is null)
            {
                parameter.grad = zeros_like(parameter);
            }
        }
    }

    /// <summary>Seeds torch's global generator, from which fresh weights and dropout are drawn.</summary>
    internal static void SeedTorch(ulong seed) => manual_seed((long)(seed >> 1));
}

/// <summary>A stage that is trained, and what decides its result beside the data.</summary>
/// <param name="After">The stage whose result it goes on from; null for one that begins with the data.</param>
internal sealed record StageSettings(string Name, string? After, params IReadOnlyList<object> Settings);
