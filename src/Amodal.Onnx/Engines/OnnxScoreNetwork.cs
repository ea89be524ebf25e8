namespace Amodal.Engines;

/// <summary>The score network of one modality: one graph, or one for the conditions and one for every evaluation.</summary>
internal sealed class OnnxScoreNetwork(ExportManifest manifest, int target, GraphFile? whole, GraphFile? context, GraphFile? step) : IDisposable
{
    private readonly ExportedModality _modality = manifest.Modalities[target];

    /// <summary>Fixes the conditions for any number of evaluations; what is computed of them alone is computed here.</summary>
    /// <param name="conditions">The given modalities; those left out take no part. Their memory must outlive the result.</param>
    public Prepared Prepare(IReadOnlyList<PathCondition<LatentRows>> conditions, int rows, bool isAlone)
    {
        var first = (whole ?? context)?.For(isAlone) ?? throw new InvalidOperationException($"no score network was exported for modality {target}");
        var inputs = Conditions(first, conditions, rows);
        if (whole is not null)
        {
            return new Prepared(this, first, inputs, contextValues: null);
        }

        using (inputs)
        {
            var values = first.Run(inputs, manifest.ContextNames);
            var kept = new GraphInputs();
            for (var i = 0; i < values.Count; i++)
            {
                kept.Add(manifest.ContextNames[i], values[i]);
            }

            return new Prepared(this, step!.For(isAlone), kept, values);
        }
    }

    public void Dispose()
    {
        whole?.Dispose();
        context?.Dispose();
        step?.Dispose();
    }

    private GraphInputs Conditions(GraphSession graph, IReadOnlyList<PathCondition<LatentRows>> conditions, int rows)
    {
        var inputs = new GraphInputs();
        for (var m = 0; m < manifest.Modalities.Count; m++)
        {
            if (!graph.Takes($"condition{m}"))
            {
                continue; // the target itself
            }

            var (channels, steps) = (manifest.Modalities[m].Channels, manifest.Modalities[m].Steps);
            var given = conditions.FirstOrDefault(c => c.Modality == m);
            if (given is not null)
            {
                inputs.Add($"condition{m}", given.Latent.Values, rows, channels, steps);
            }
            else if (manifest.AllowsEmptyConditions && conditions.Count > 0) // one at least must have its steps
            {
                inputs.Add($"condition{m}", new float[1].AsMemory(0, 0), rows, channels, 0); // some address, though nothing is there
            }
            else
            {
                inputs.Add($"condition{m}", new float[rows * channels * steps], rows, channels, steps);
            }

            if (graph.Takes($"present{m}"))
            {
                if (given?.Present is { } present)
                {
                    inputs.Add($"present{m}", present);
                }
                else
                {
                    inputs.Add($"present{m}", given is not null, rows);
                }
            }

            if (graph.Takes($"noisy{m}"))
            {
                inputs.Add($"noisy{m}", given?.IsNoisy ?? false, rows);
            }
        }

        return inputs;
    }

    /// <summary>The network with its conditions fixed.</summary>
    internal sealed class Prepared(OnnxScoreNetwork network, GraphSession graph, GraphInputs conditions, IDisposableReadOnlyCollection<OrtValue>? contextValues) : IDisposable
    {
        /// <summary>The raw answer, from which score = raw / std(t).</summary>
        public void Evaluate(LatentRows x, double t, LatentRows raw)
        {
            var (channels, steps) = (network._modality.Channels, network._modality.Steps);
            var times = new float[x.Rows];
            Array.Fill(times, (float)t);
            using var inputs = new GraphInputs();
            inputs.Add("x", x.Values, x.Rows, channels, steps);
            inputs.Add("t", times, x.Rows);
            for (var i = 0; i < conditions.Names.Count; i++)
            {
                if (graph.Takes(conditions.Names[i]))
                {
                    inputs.Add(conditions.Names[i], conditions.Values[i]);
                }
            }

            graph.Run(inputs, "raw", raw.Values, x.Rows, channels, steps);
        }

        public void Dispose()
        {
            conditions.Dispose();
            contextValues?.Dispose();
        }
    }
}
