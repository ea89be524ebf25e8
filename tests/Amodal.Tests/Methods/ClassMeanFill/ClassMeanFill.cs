using Amodal.Methods;
using Amodal.Methods.Baselines;
using Amodal.Missingness;
using Amodal.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Amodal.Tests.Methods.ClassMeanFill;

/// <summary>A whole method: what is missing becomes the mean of the training utterances whose label has the sign that the observed part tells.</summary>
internal sealed class ClassMeanFill(BaselineNetworks baselines) : MethodTraining
{
    private readonly ParameterList _means = ParameterList([.. baselines.Complete.Encoders.Shapes.Select(s => new Parameter(zeros(2, s.Channels, s.Length), requires_grad: false))]);

    public static MethodDescriptor Descriptor { get; } = new("class-mean-fill", _ => [new("class-means", BaselineStages[0])], (modalities, target, o) => new ClassMeanFill(new(modalities, o.ToModelOptions(target))));

    public override BaselineNetworks Baselines => baselines;

    public override IReadOnlyList<(string Stage, IReadOnlyDictionary<string, Module> Modules)> Checkpoints => [("class-means", new Dictionary<string, Module> { ["means"] = _means })];

    public override void Train(TrainingData data, IStageSequence stages) => stages.Fit("class-means", Checkpoints[0].Modules, () =>
    {
        using var train = baselines.Encode(data.Train, data.TrainFeatures);
        using var scope = NewDisposeScope();
        foreach (var (m, latents) in train.Latents.Index())
        {
            _means[m].copy_(stack([latents[train.Labels < 0].mean([0]), latents[train.Labels >= 0].mean([0])]));
        }
    });

    public override Tensor Predict(EncodedRows rows, ModalitySet observed)
    {
        var latents = _means.Select((_, m) => observed.Contains(m) ? rows.Latents(m) : null).ToList();
        var sign = (baselines.PredictFilled(latents, baselines.Statistics.LatentAverage) >= 0).to(ScalarType.Int64);
        return baselines.Complete.Fusion.Predict([.. latents.Select((x, m) => baselines.LatentScale.Restore(m, x ?? _means[m].index_select(0, sign)))]);
    }
}
