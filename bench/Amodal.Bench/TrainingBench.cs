using Amodal.Benchmarks;
using Amodal.Data;
using Amodal.Methods;
using Amodal.Methods.Imder;
using Amodal.Randomness;
using Amodal.Runs;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Bench;

/// <summary>
/// How long training takes from raw features to a trained model, beside a peer's: ours is trained once, and between its
/// stages the peer times steps of each number of missing modalities, from which its training is extrapolated.
/// </summary>
internal static class TrainingBench
{
    private const int Modalities = 3; // the published missing patterns are of three
    private const int TrainUtterances = 1284; // CMU-MOSI's own splits
    private const int ValidUtterances = 229;

    /// <summary>Random features of CMU-MOSI's shapes and numbers of utterances: what they cost is what any cost.</summary>
    public static DataSet RandomData()
    {
        return new DataSet("random features of CMU-MOSI's shapes", BenchSubjects.Mosi,
            [Split("train", TrainUtterances, 0), Split("valid", ValidUtterances, TrainUtterances), Split("test", 1, TrainUtterances + ValidUtterances)],
            digest: "random");

        static Split Split(string name, int count, long first)
        {
            var drawn = RandomUtterances.Draw(BenchSubjects.Mosi, count, first);
            var labels = new float[count];
            new StableRandom(1, (ulong)first, StableRandom.KeyOf("labels")).FillNormal(labels);
            return new Split(name, drawn.Ids, labels, drawn.Features);
        }
    }

    /// <summary>The same experiment without early stopping: it takes the most that it can.</summary>
    public static ExperimentOptions EveryEpoch(ExperimentOptions options)
    {
        return options with
        {
            Classifier = options.Classifier with { Patience = options.Classifier.Epochs },
            Score = options.Score with { Patience = options.Score.Epochs },
            Distillation = options.Distillation with { Patience = options.Distillation.Epochs },
            Stage2 = options.Stage2 with { Patience = options.Stage2.Epochs },
        };
    }

    /// <summary>Trains once, on as many threads as torch has, and times the peers' steps between the stages.</summary>
    /// <param name="options">What is trained.</param>
    /// <param name="data">On what.</param>
    /// <param name="run">Where to; must not exist.</param>
    /// <param name="peers">Other programs whose greeting has a training; they stay the caller's.</param>
    /// <param name="bench">What to compare with.</param>
    /// <param name="clock">The time; the system's when null.</param>
    /// <param name="progress">Where the training stands; may be null.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InputException">A peer cannot train, or a rate or an epoch is out of range.</exception>
    public static TrainingBenchResult Measure(
        ExperimentOptions options, DataSet data, RunDirectory run, IReadOnlyList<PeerSubject> peers, TrainingBenchOptions bench,
        TimeProvider? clock = null, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        Check(peers, bench);
        clock ??= TimeProvider.System;
        var threads = get_num_threads();
        var steps = peers.Select(_ => Enumerable.Range(0, Modalities).Select(_ => new List<double>()).ToArray()).ToArray();
        foreach (var peer in peers)
        {
            peer.UseThreads(threads);
            peer.TrainStep(1, stop); // what is slow only once is no step's
        }

        var stages = new StageClock(clock, Turn, progress);
        var curves = new Trainer(options, data, run, CPU, stages).Train(resume: false, stop: stop);
        stages.Close();
        Turn();
        var result = new TrainingBenchResult(BenchMachine.Current(), threads, data["train"].Count, [.. stages.Stages.Select(s => Stage(s.Stage, s.Seconds, curves[s.Stage]))], []);
        return result with { Peers = [.. peers.Select((p, i) => Cost(p, steps[i], bench, result))] };

        void Turn()
        {
            foreach (var (peer, timed) in peers.Zip(steps))
            {
                for (var missing = 0; missing < Modalities; missing++)
                {
                    timed[missing].Add(peer.TrainStep(missing, stop));
                }
            }
        }
    }

    private static void Check(IReadOnlyList<PeerSubject> peers, TrainingBenchOptions bench)
    {
        if (peers.FirstOrDefault(p => p.Greeting.Training is not { Batch: >= 1, Patience: >= 1 }) is { } other)
        {
            throw new InputException("--peer", other.Name, "does not say how it trains; its greeting needs a training with batch and patience (bench/peers/README.md).");
        }

        if (bench.Rates.Where(r => r is not (>= 0.1 and <= 0.7)).ToList() is [var rate, ..])
        {
            throw new InputException("--rates", null, $"has {rate}; the published missing patterns are for 0.1 to 0.7.");
        }

        if (bench.BestEpochs.Where(e => e < 1).ToList() is [var epoch, ..])
        {
            throw new InputException("--best-epochs", null, $"has {epoch}; give 1 or more.");
        }
    }

    private static StageSeconds Stage(string name, double seconds, IReadOnlyList<EpochRecord> curve) =>
        new(name, curve.Count, seconds, curve.Min(e => e.ValidLoss), MethodTraining.BaselineStages.Skip(1).Contains(name));

    private static PeerTrainingCost Cost(PeerSubject peer, List<double>[] steps, TrainingBenchOptions bench, TrainingBenchResult ours)
    {
        var seconds = steps.Select(s => Quartiles.Of(s)!).ToList();
        return new PeerTrainingCost(peer.Name, [.. seconds.Select((q, missing) => new StepSeconds(missing, steps[missing].Count, q))],
            [.. from rate in bench.Rates from best in bench.BestEpochs select Time(peer.Greeting.Training!, rate, best, [.. seconds.Select(q => q.Median)], ours)]);
    }

    /// <summary>Every epoch has its share of steps with two and with one missing, as the published training deals them out.</summary>
    internal static PeerTrainingTime Time(PeerTraining training, double rate, int bestEpoch, IReadOnlyList<double> stepSeconds, TrainingBenchResult ours)
    {
        var batches = (ours.Utterances + training.Batch - 1) / training.Batch;
        var missing = ImderPatterns.Counts(batches, ImderPatterns.Shares(Modalities, rate)).ToList();
        var epochs = bestEpoch + training.Patience;
        var seconds = epochs * missing.Sum(m => stepSeconds[m]);
        return new PeerTrainingTime(rate, epochs, [.. Enumerable.Range(0, Modalities).Select(k => missing.Count(m => m == k))], seconds, seconds / ours.Seconds);
    }
}
