using Amodal.Data;
using Amodal.Latents;
using Amodal.Methods;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Targets;
using Amodal.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Methods.Fills;

/// <summary>A fill that learns from numbers that a test gives it, without encoders or a classifier.</summary>
internal sealed class FillCase : IDisposable
{
    private readonly TrainingData _training;

    /// <param name="sizes">Numbers of each modality.</param>
    /// <param name="train">(row, numbers); NaN in a whole modality that a row lacks.</param>
    /// <param name="guess">What the classifier of complete data says of incomplete numbers; 0 unless given.</param>
    public FillCase(int[] sizes, Tensor train, Tensor valid, float[]? labels = null, Target? target = null, Func<Tensor, Tensor>? guess = null)
    {
        Layout = new NumberLayout(sizes);
        Modality[] modalities = [.. sizes.Select((size, m) => new Modality($"m{m}", 1, size))];
        var data = new DataSet("case", modalities, [Of("train", train), Of("valid", valid)], "", target: target);
        _training = new TrainingData(data, Standardiser.Fit(data["train"]), CPU);
        Data = new FillData(Layout, _training, train.nan_to_num(), valid.clone(), guess ?? (x => zeros(x.shape[0])));

        Split Of(string name, Tensor x) => new(name, [.. Enumerable.Range(0, (int)x.shape[0]).Select(row => $"{name}-{row}")],
            name == "train" && labels is not null ? labels : new float[x.shape[0]],
            [.. modalities.Select((m, i) => new FeatureArray(m, x.narrow(1, Layout.Start(i), m.Width).contiguous().data<float>().ToArray()))]);
    }

    public NumberLayout Layout { get; }

    public FillData Data { get; }

    /// <summary>A method's fill, trained on these numbers.</summary>
    public T Train<T>(MethodDescriptor descriptor, Func<FillContext, T> create, params string[] settings)
        where T : LatentFill
    {
        var options = ExperimentFile.Preset(descriptor.Name, settings);
        Stage.SeedTorch(1);
        var fill = create(new FillContext(Layout, Data.Target, options));
        fill.Train(descriptor.Name, Data, new Stages());
        fill.eval();
        return fill;
    }

    /// <summary>What is filled for rows of which only a set is known, (row, numbers).</summary>
    public Tensor Fill(LatentFill fill, Tensor numbers, ModalitySet observed)
    {
        using var noGradient = no_grad();
        var given = numbers * Layout.Mask([observed], CPU);
        return fill.Fill(new FillRows(given, [.. Enumerable.Range(0, (int)numbers.shape[0]).Select(row => (ulong)row)], () => Data.Guess(given)), observed);
    }

    public void Dispose()
    {
        Data.Dispose();
        _training.Dispose();
    }

    /// <summary>Runs stages without keeping anything but the best epoch's weights.</summary>
    internal sealed class Stages : IStageSequence
    {
        public void Run(Stage stage)
        {
            using var folder = new Data.TemporaryFolder();
            new StageRunner(new RunDirectory(folder.Name), progress: null, tensorBoard: false).Run(stage, default);
        }

        public void Fit(string name, IReadOnlyDictionary<string, nn.Module> modules, Action fit) => fit();
    }
}
