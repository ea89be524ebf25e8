using TorchSharp;

namespace Amodal.Methods.LinearFirst;

/// <summary>
/// Trains the networks of a model: a teacher on all that is there, every network with its answers and without, the first also on means that a
/// mixture recovered, and what validation chooses of them.
/// </summary>
internal static class ResidualTraining
{
    /// <summary>The way that is taught even where validation would rather not.</summary>
    public const string AlwaysTaught = "distilled";

    private static readonly double[] _gates = [1, 0.75, 0.5, 0.25, 0];

    /// <summary>The stages, in order; the last has the networks.</summary>
    /// <param name="name">The model's.</param>
    public static IEnumerable<string> StagesOf(string name, LinearFirstOptions options) =>
    [
        .. HasTeacher(options) ? [TeacherOf(name)] : Array.Empty<string>(),
        .. Enumerable.Range(0, options.Members).SelectMany(i => Candidates(name, options, i).Select(c => c.Stage)),
        name,
    ];

    /// <summary>Trains.</summary>
    public static void Train(LinearFirstModel model, JointGaussian gaussian, ResidualRows rows, ulong seed, IStageSequence stages)
    {
        var device = rows.Train.Labels.device;
        var sets = ObservedSets.Some(gaussian.Sizes.Count);
        using var scales = gaussian.Scales();
        using var answers = HasTeacher(model.Options) ? Teach() : null;
        var hasMixture = model.Options.Means == LinearMeans.Mixture; // as chosen so far
        List<ResidualNetwork> chosen = [.. model.Networks.Select((_, i) => Best(i))];
        stages.Fit(model.Name, model.Modules, () =>
        {
            using var noGradient = no_grad();
            foreach (var (to, from) in model.Networks.Zip(chosen))
            {
                to.load_state_dict(from.state_dict());
            }
        });
        chosen.ForEach(network => network.Dispose());

        ResidualNetwork Best(int member)
        {
            ResidualNetwork? best = null;
            var least = double.PositiveInfinity;
            foreach (var (name, isTaught, isTrial) in Candidates(model.Name, model.Options, member))
            {
                var network = Fresh(model, name, scales, seed, device);
                var withMixture = hasMixture || isTrial;
                if (model.Mixture is { } mixture)
                {
                    mixture.IsUsed = withMixture;
                }

                using var stage = new ResidualStage(name, seed, model, network, rows, sets, isTaught ? answers : null);
                if (isTrial && model.Mixture is not { Worth: > 0 })
                {
                    stages.Fit(name, stage.Result, () => { }); // it would be the same again
                    network.Dispose();
                    continue;
                }

                stages.Run(stage);
                // Without a trained linear part there would be nothing left.
                network.Gate(model.Options.Linear == LinearPart.Trained ? 1 : _gates.MinBy(Loss));
                var loss = stage.Validate(default);
                var isBetter = best is null || loss < least;
                var (kept, other) = isBetter ? (network, best) : (best, network);
                hasMixture = isBetter ? withMixture : hasMixture;
                (best, least) = (kept, Math.Min(loss, least));
                other?.Dispose();

                double Loss(double share)
                {
                    network.Gate(share);
                    return stage.Validate(default);
                }
            }

            if (model.Mixture is { } chosenMixture)
            {
                chosenMixture.IsUsed = hasMixture;
            }

            return best!;
        }

        Tensor Teach()
        {
            var name = TeacherOf(model.Name);
            var all = ModalitySet.All(gaussian.Sizes.Count);
            using var teacher = Fresh(model, name, scales, seed, device);
            using var stage = new ResidualStage(name, seed, model, teacher, rows, [all]);
            stages.Run(stage);
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var (outputs, order) = model.Predict(rows.Train.Numbers, rows.Train.All.Select(row => (row, rows.Train.Observed(row, all))), teacher);
            // By row; those without anything are never asked for.
            return zeros([rows.Train.Labels.shape[0], .. outputs.shape[1..]], device: device).index_copy_(0, tensor(order, device: device), outputs).DetachFromDisposeScope();
        }
    }

    /// <summary>A network of a model's kind, as the stage of that name begins with it.</summary>
    public static ResidualNetwork Fresh(LinearFirstModel model, string name, Tensor scales, ulong seed, Device device)
    {
        Stage.SeedTorch(new StableRandom(seed, StableRandom.KeyOf("weights"), StableRandom.KeyOf(name)).NextUInt64());
        var network = model.CreateNetwork();
        network.Scale(scales);
        _ = network.to(device);
        network.eval();
        return network;
    }

    private static bool HasTeacher(LinearFirstOptions options) => options.Teacher > 0;

    private static string TeacherOf(string name) => $"{name}-teacher";

    /// <summary>What a network is chosen from; the first of all also tries the mixture, for those that come after it.</summary>
    private static IEnumerable<(string Stage, bool IsTaught, bool IsTrial)> Candidates(string name, LinearFirstOptions options, int member)
    {
        var number = options.Members == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{member + 1}");
        if (name != AlwaysTaught || !HasTeacher(options))
        {
            yield return ($"{name}-labels{number}", false, false);
        }

        if (member == 0 && options is { Fill: LinearFill.Means, Means: LinearMeans.Chosen })
        {
            yield return ($"{name}-mixture{number}", false, true);
        }

        if (HasTeacher(options))
        {
            yield return ($"{name}-taught{number}", true, false);
        }
    }
}
