namespace Amodal.Methods.Imder;

/// <summary>Makes a run directory of a checkpoint of the released IMDer.</summary>
public static class ImderImport
{
    private static readonly string[] _order = ["language", "acoustic", "vision"];

    /// <summary>Imports a checkpoint. Its features go in as they are, without standardisation; the run has no baselines.</summary>
    /// <param name="path">The .pth file.</param>
    /// <param name="run">The run to make.</param>
    /// <param name="data">The data it was trained on, which give names, lengths and average latents; null for none.</param>
    /// <param name="options">What the checkpoint does not say.</param>
    /// <param name="stop">Ends the work; nothing is written then.</param>
    /// <returns>The run's manifest, whose notes say what was left out.</returns>
    /// <exception cref="InputException">The checkpoint cannot be read, does not fit, or the run cannot be made. Nothing is written then.</exception>
    public static RunManifest Import(string path, RunDirectory run, DataSet? data, ImderImportOptions options, CancellationToken stop = default)
    {
        var checkpoint = ImderCheckpoint.Read(path);
        stop.ThrowIfCancellationRequested();
        var modalities = data is null ? Made(checkpoint, options) : Checked(checkpoint, data);
        var network = checkpoint.Options(options.Heads);
        CheckSizes(path, network, modalities);
        var experiment = new ExperimentOptions { Name = options.Name, Method = ImderTraining.Descriptor.Name, Methods = MethodCatalogue.Defaults.Methods.With(ImderTraining.Descriptor.Name, new ImderExperimentOptions { Network = network }) };
        Stage.SeedTorch(0); // the weights drawn here are all replaced
        var method = new ImderTraining(modalities, Targets.Target.Score, experiment);
        try
        {
            var model = (ImderModel)method.Recovery;
            checkpoint.LoadInto(model, network.DecoderBlocks);
            if (data is not null)
            {
                FitAverages(method, model, data["train"]);
            }

            stop.ThrowIfCancellationRequested();
            return Write(path, run, data, experiment, method, checkpoint.TextModelTensors);
        }
        finally
        {
            method.Dispose();
        }
    }

    private static List<Modality> Made(ImderCheckpoint checkpoint, ImderImportOptions options)
    {
        if (options.Modalities.Count != _order.Length || options.Modalities.Distinct(StringComparer.OrdinalIgnoreCase).Count() != _order.Length || options.Modalities.Any(string.IsNullOrWhiteSpace))
        {
            throw new InputException("modalities", null, $"names {string.Join(", ", options.Modalities)}; give three different names, for {string.Join(", ", _order)}.");
        }

        return [.. options.Modalities.Zip(checkpoint.Widths, (name, width) => new Modality(name, options.Length, width))];
    }

    private static IReadOnlyList<Modality> Checked(ImderCheckpoint checkpoint, DataSet data)
    {
        if (!data.Modalities.Select(m => m.Width).SequenceEqual(checkpoint.Widths))
        {
            throw new InputException(data.Source, "modalities",
                $"are {string.Join(", ", data.Modalities.Select(m => $"{m.Name} ({m.Width} wide)"))}, but the checkpoint takes {string.Join(", ", _order.Zip(checkpoint.Widths, (name, width) => $"{name} ({width} wide)"))}; give the features it was trained on, in that order.");
        }

        return data.Modalities;
    }

    private static void CheckSizes(string path, ImderOptions network, IReadOnlyList<Modality> modalities)
    {
        if (network.Heads < 1 || network.Channels % network.Heads != 0)
        {
            throw new InputException("heads", null, $"is {network.Heads}, which does not divide the {network.Channels} channels of {path}; give the number it was trained with.");
        }

        if (modalities.Max(m => m.Length) < network.Kernel)
        {
            throw new InputException("length", null, $"is {modalities.Max(m => m.Length)}, shorter than the checkpoint's convolutions, which take {network.Kernel} frames.");
        }
    }

    private static void FitAverages(ImderTraining method, ImderModel model, Split train)
    {
        using var features = FeatureTensors.From(train, method.Baselines.Statistics.ToStandardiser(), CPU);
        using var latents = model.Encode(train, features);
        model.Averages.Fit(latents.Latents);
    }

    private static RunManifest Write(string path, RunDirectory run, DataSet? data, ExperimentOptions options, ImderTraining method, int textModelTensors)
    {
        var manifest = new RunManifest
        {
            Versions = RunManifest.CurrentVersions(),
            Threads = get_num_threads(),
            Device = CPU.ToString(),
            DataFile = data?.Source ?? "",
            DataDigest = data?.Digest ?? "",
            Modalities = [.. method.Recovery is ImderModel model ? model.Modalities : []],
            Stages = [ImderTraining.Training],
            Notes =
            [
                $"imported from {Path.GetFileName(path)}: features go in as they are, without standardisation, and there are no baselines",
                .. textModelTensors > 0 ? [$"left out: the text model, {textModelTensors} tensors; give the features that it makes of the words"] : Array.Empty<string>(),
                .. data?.Notes ?? [],
            ],
        };
        using var held = run.Hold();
        run.Begin(options, manifest);
        run.SaveStage(MethodTraining.Statistics, MethodTraining.CheckpointsOf(method.Baselines)[^1].Modules, []);
        run.SaveStage(ImderTraining.Training, method.Recovery.Modules, []);
        manifest = manifest with { IsComplete = true };
        run.Write(manifest);
        return manifest;
    }
}
