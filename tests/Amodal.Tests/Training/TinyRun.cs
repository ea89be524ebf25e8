using Amodal.Configuration;
using Amodal.Data;
using Amodal.Diffusion;
using Amodal.Diffusion.Sampling;
using Amodal.Evaluation;
using Amodal.Methods;
using Amodal.Methods.Imder;
using Amodal.Missingness;
using Amodal.Randomness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Tests.Data;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Training;

/// <summary>A training that takes a second: made-up data, tiny networks, a folder of its own.</summary>
internal sealed class TinyRun : IDisposable
{
    /// <summary>The groups of settings of methods, with these of IMDer.</summary>
    public static OptionGroups Groups(ImderExperimentOptions imder) => MethodCatalogue.Defaults.Methods.With("imder", imder);

    private static readonly Dictionary<Modality[], TinyRun> _shared = []; // by reference; they last as long as the process does

    private readonly TemporaryFolder _folder = new();

    public TinyRun(ExperimentOptions options, params Modality[] modalities)
        : this(options, MakeData(modalities, [24, 10, 12]))
    {
    }

    /// <summary>A training on other data.</summary>
    public TinyRun(ExperimentOptions options, DataSet data)
    {
        Setup.OneThread(); // a class's fixture is made before its tests begin
        (Options, DataFile) = (options, Path.Combine(_folder.Name, "data.npz"));
        NpzWriter.Write(DataFile, data);
        Data = Amodal.Data.DataFile.Read(DataFile);
        Directory = new RunDirectory(Path.Combine(_folder.Name, "run"));
    }

    /// <summary>Lengths and widths differ, and one modality has a single step.</summary>
    public static Modality[] Uneven { get; } = [new("text", 5, 3), new("sound", 1, 4), new("face", 7, 2)];

    public static Modality[] Even { get; } = [new("text", 5, 3), new("sound", 5, 3), new("face", 5, 3)];

    public static ExperimentOptions TinyOptions { get; } = new()
    {
        Name = "tiny",
        Seed = 3,
        Latents = new() { Channels = 4 },
        Backbone = new() { Width = 8, Blocks = 1, Heads = 2, MlpWidth = 8, TimeWidth = 4 },
        Sampler = new() { Kind = SamplerKind.Ddim, Nfe = 3 },
        Alignment = new() { Channels = 4, Blocks = 1, Reduction = 2 },
        Fusion = new() { Layers = 1, Heads = 2 },
        Classifier = new() { Epochs = 2, BatchSize = 8, LearningRate = 0.01 },
        Score = new() { Epochs = 2, BatchSize = 8, LearningRate = 0.01 },
        Stage2 = new() { Epochs = 2, BatchSize = 8, LearningRate = 0.01 },
    };

    public static ExperimentOptions FlowOptions { get; } = TinyOptions with { Objective = Objective.Flow, Sampler = new() { Kind = SamplerKind.FlowHeun, Nfe = 4 } };

    public ExperimentOptions Options { get; }

    public DataSet Data { get; }

    public string DataFile { get; }

    public RunDirectory Directory { get; }

    /// <summary>Trains all stages, but for those that another run has trained alike where it is given.</summary>
    public void Train(IProgress<TrainingProgress>? progress = null, RunDirectory? reuse = null) =>
        new Trainer(Options, Data, Directory, CPU, progress).Train(resume: false, reuse);

    public void Resume() => new Trainer(Options, Data, Directory, CPU).Train(resume: true);

    /// <summary>A finished run of <see cref="TinyOptions"/>, to do with as one likes: a copy of one that is trained once for all tests.</summary>
    /// <param name="modalities"><see cref="Even"/> or <see cref="Uneven"/>.</param>
    public static TinyRun Trained(Modality[] modalities)
    {
        if (!_shared.TryGetValue(modalities, out var shared))
        {
            _shared[modalities] = shared = new TinyRun(TinyOptions, modalities);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => shared.Dispose();
            shared.Train();
        }

        var tiny = new TinyRun(TinyOptions, modalities);
        shared.CopyTo(tiny);
        return tiny;
    }

    /// <summary>A finished run with the weights of this one that says it was trained with another seed, on other data.</summary>
    public TinyRun As(int seed, DataSet data)
    {
        var other = new TinyRun(Options with { Seed = seed }, data);
        CopyTo(other);
        File.WriteAllText(other.Directory.ConfigFile, YamlOptions.Write(other.Options));
        other.Directory.Write(Directory.ReadManifest() with { DataFile = other.DataFile, DataDigest = other.Data.Digest });
        return other;
    }

    private void CopyTo(TinyRun other)
    {
        foreach (var file in System.IO.Directory.GetFiles(Directory.Path, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(other.Directory.Path, Path.GetRelativePath(Directory.Path, file));
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public TrainedRun Load() => TrainedRun.Load(Directory.Path, CPU);

    public RunEvaluator Evaluator() => new([Directory.Path], dataFile: null, "test", CPU);

    /// <summary>The same utterances under other ids.</summary>
    public static DataSet WithIds(DataSet data, Func<string, int, string> id)
    {
        var splits = data.Splits.Select(s => new Split(s.Name, [.. Enumerable.Range(0, s.Count).Select(row => id(s.Name, row))], s.Labels, s.Features)).ToList();
        return new DataSet("tiny", data.Modalities, splits, DataDigest.Compute(data.Modalities, splits));
    }

    /// <summary>
    /// The complete set is answered by stage 1a, as by the baseline that fills with zeros; every other set by something else,
    /// and each in its own way.
    /// </summary>
    public static void AnswersAllButTheComplete(IReadOnlyList<ResultRow> rows, string method)
    {
        double Mae(string name, ModalitySet observed) =>
            Assert.Single(rows, r => r.Method == name && r.Observed == observed.Describe([.. TinyRun.Even.Select(m => m.Name)])).Metrics[ScoreTarget.Mae].Value;
        var complete = ModalitySet.All(3);
        Relative.Equal(Mae("zero-fill", complete), Mae(method, complete), Relative.Network); // the same network, in parts of other sizes
        var recovered = Patterns.Incomplete(3).Select(o => Mae(method, o)).ToList();
        Assert.All(Patterns.Incomplete(3).Zip(recovered), p => Assert.True(double.IsFinite(p.Second) && p.Second != Mae("zero-fill", p.First), $"{p.First.Bits}"));
        Assert.Equal(6, recovered.Distinct().Count());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Normal features; the label is the sum of every modality's first feature, so that there is something to learn.</summary>
    public static DataSet MakeData(Modality[] modalities, int[] counts)
    {
        var random = new StableRandom(7);
        var splits = counts.Select((count, i) =>
        {
            var features = modalities.Select(m => new FeatureArray(m, Normal(random, count * m.RowSize))).ToList();
            float[] labels = [.. Enumerable.Range(0, count).Select(row => features.Sum(f => f.Row(row)[0]))];
            return new Split(DataSet.SplitNames[i], [.. Enumerable.Range(0, count).Select(row => $"{DataSet.SplitNames[i]}-{row}")], labels, features);
        }).ToList();
        return new DataSet("tiny", modalities, splits, DataDigest.Compute(modalities, splits));
    }

    private static float[] Normal(StableRandom random, int count)
    {
        var values = new float[count];
        random.FillNormal(values);
        return values;
    }
}
