namespace Amodal.Missingness;

/// <summary>
/// What is observed of an utterance: which modalities, and of each either every step or, where a sensor came and went, which
/// steps. A modality of which no step is observed is missing. Immutable; equal when the same is observed. A set of modalities
/// is an observation of every step of them, and costs no more than the set.
/// </summary>
public readonly struct Observation : IEquatable<Observation>
{
    private readonly bool[]?[]? _steps; // by modality; null: every step

    private Observation(ModalitySet modalities, bool[]?[]? steps) => (Modalities, _steps) = (modalities, steps);

    /// <summary>The modalities of which a step is observed.</summary>
    public ModalitySet Modalities { get; }

    /// <summary>Whether every step of these modalities is observed.</summary>
    public bool IsWhole => _steps is null;

    /// <summary>Whether nothing is observed.</summary>
    public bool IsEmpty => Modalities.IsEmpty;

    /// <summary>How many modalities have an observed step.</summary>
    public int Count => Modalities.Count;

    /// <summary>Every step of a set of modalities.</summary>
    public static implicit operator Observation(ModalitySet modalities) => new(modalities, null);

    /// <summary>Every step of a set of modalities.</summary>
    public static Observation Of(ModalitySet modalities) => modalities;

    /// <summary>Whether a step of modality m is observed.</summary>
    public bool Contains(int modality) => Modalities.Contains(modality);

    /// <summary>The steps of a modality that are observed; null where every one is, or none.</summary>
    public IReadOnlyList<bool>? StepsOf(int modality) => StepMask(modality);

    /// <summary>The same, but of one modality these steps only.</summary>
    /// <param name="modality">Its index, 0 to 31.</param>
    /// <param name="steps">By step, whether it is observed; where none is, the modality is missing.</param>
    public Observation WithSteps(int modality, params ReadOnlySpan<bool> steps)
    {
        var set = ModalitySet.Of(modality);
        if (!steps.Contains(true))
        {
            return And(new ModalitySet(~set.Bits));
        }

        var all = new bool[]?[Math.Max(modality + 1, _steps?.Length ?? 0)];
        _steps?.CopyTo(all, 0);
        all[modality] = steps.Contains(false) ? steps.ToArray() : null;
        return Of(new ModalitySet(Modalities.Bits | set.Bits), all);
    }

    /// <summary>What of it belongs to these modalities.</summary>
    public Observation And(ModalitySet modalities) => _steps is null
        ? Modalities.And(modalities)
        : Of(Modalities.And(modalities), [.. _steps.Select((steps, m) => modalities.Contains(m) ? steps : null)]);

    /// <summary>What of it belongs to other modalities.</summary>
    public Observation Without(ModalitySet modalities) => And(new ModalitySet(~modalities.Bits));

    /// <summary>The modalities' names joined by '+'; behind one with gaps how many of its steps are observed: "text+audio(30 of 50)".</summary>
    public string Describe(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var of = this;
        return _steps is null ? Modalities.Describe(names) : string.Join('+', Modalities.Members.Select(m => ModalitySet.Of(m).Describe(names)
            + (of.StepMask(m) is { } steps ? string.Create(CultureInfo.InvariantCulture, $"({steps.Count(s => s)} of {steps.Length})") : "")));
    }

    /// <summary>The features with every step that is not observed unknown; a modality that is missing as a whole stays as it is.</summary>
    /// <param name="utterances">The rows.</param>
    /// <param name="observed">What is observed of each.</param>
    /// <exception cref="ArgumentException">An observation has another number of steps than the features.</exception>
    internal static Split Hide(Split utterances, IReadOnlyList<Observation> observed) => utterances.With([.. utterances.Features.Select((features, m) =>
    {
        if (observed.All(o => o.StepMask(m) is null))
        {
            return features;
        }

        var (modality, values) = (features.Modality, features.Values.AsSpan().ToArray());
        foreach (var (row, steps) in observed.Select(o => o.StepMask(m)).Index())
        {
            if (steps is not null && steps.Length != modality.Length)
            {
                throw new ArgumentException($"'{modality.Name}' has {modality.Length} steps, and the observation of row {row} {steps.Length}", nameof(observed));
            }

            for (var step = 0; step < (steps?.Length ?? 0); step++)
            {
                if (!steps![step])
                {
                    values.AsSpan((row * modality.RowSize) + (step * modality.Width), modality.Width).Fill(float.NaN);
                }
            }
        }

        return new FeatureArray(modality, values, features.Lengths);
    })]);

    /// <inheritdoc/>
    public bool Equals(Observation other) => Modalities == other.Modalities && ((_steps is null && other._steps is null) || SameSteps(other));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Observation other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = (int)Modalities.Bits;
        foreach (var steps in _steps ?? [])
        {
            hash = HashCode.Combine(hash, steps?.Count(s => s));
        }

        return hash;
    }

    /// <summary>Whether the same is observed.</summary>
    public static bool operator ==(Observation left, Observation right) => left.Equals(right);

    /// <summary>Whether something else is observed.</summary>
    public static bool operator !=(Observation left, Observation right) => !left.Equals(right);

    // One way to say a thing: no array where no modality has a gap, and none longer than its last gap.
    private static Observation Of(ModalitySet modalities, bool[]?[] steps) =>
        Array.FindLastIndex(steps, s => s is not null) is >= 0 and var last ? new Observation(modalities, steps[..(last + 1)]) : modalities;

    private bool[]? StepMask(int modality) => modality < (_steps?.Length ?? 0) ? _steps![modality] : null;

    private bool SameSteps(Observation other) => _steps is not null && other._steps is not null && _steps.Length == other._steps.Length
        && _steps.Zip(other._steps).All(p => p.First is null ? p.Second is null : p.Second is not null && p.First.AsSpan().SequenceEqual(p.Second));
}
