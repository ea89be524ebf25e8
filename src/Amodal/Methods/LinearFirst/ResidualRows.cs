namespace Amodal.Methods.LinearFirst;

/// <summary>The numbers of a training's rows, their labels, and which modalities they have. Owns the tensors.</summary>
internal sealed class ResidualRows : IDisposable
{
    public ResidualRows(JointGaussian gaussian, TrainingData data)
    {
        using var noGradient = no_grad();
        (Target, Sets) = (data.Target, data.Sets);
        Train = new Part(gaussian, data.Train, data.TrainFeatures, data.Device);
        Valid = new Part(gaussian, data.Valid, data.ValidFeatures, data.Device);
    }

    /// <summary>What is predicted.</summary>
    public Target Target { get; }

    /// <summary>How often what is observed is each set.</summary>
    public TrainedSets Sets { get; }

    public Part Train { get; }

    public Part Valid { get; }

    public void Dispose()
    {
        Train.Dispose();
        Valid.Dispose();
    }

    /// <summary>The rows of a split.</summary>
    internal sealed class Part : IDisposable
    {
        private readonly IReadOnlyList<ModalitySet> _present;

        public Part(JointGaussian gaussian, Split split, FeatureTensors features, Device device)
        {
            Numbers = [.. features.Values.Select((x, m) => gaussian.Encode(m, x))];
            Labels = TargetLoss.Labels(split.Labels, split.Count, device);
            _present = Presence.Of(split);
            var width = Math.Max(1, split.Labels.Length / Math.Max(1, split.Count));
            IsLabelled = [.. split.Labels.Chunk(width).Select(labels => !labels.All(float.IsNaN))];
            Complete = [.. Enumerable.Range(0, split.Count).Where(row => _present[row].Count == Numbers.Count).Select(row => (long)row)];
            All = [.. Enumerable.Range(0, split.Count).Where(row => !_present[row].IsEmpty).Select(row => (long)row)];
        }

        /// <summary>By modality (row, numbers).</summary>
        public IReadOnlyList<Tensor> Numbers { get; }

        /// <summary>As <see cref="TargetLoss.Labels"/> gives them.</summary>
        public Tensor Labels { get; }

        /// <summary>By row, whether it has a label, or some of several.</summary>
        public IReadOnlyList<bool> IsLabelled { get; }

        /// <summary>The rows that have anything.</summary>
        public IReadOnlyList<long> All { get; }

        /// <summary>The rows that have every modality.</summary>
        public IReadOnlyList<long> Complete { get; }

        /// <summary>What of a set a row has; all that it has where that is nothing.</summary>
        public ModalitySet Observed(long row, ModalitySet asked)
        {
            var present = _present[(int)row];
            var both = asked.And(present);
            return both.IsEmpty ? present : both;
        }

        public void Dispose()
        {
            Labels.Dispose();
            foreach (var x in Numbers)
            {
                x.Dispose();
            }
        }
    }
}
