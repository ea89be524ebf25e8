using System.Runtime.InteropServices;

namespace Amodal.Methods;

/// <summary>
/// One utterance as named arrays of raw features, (steps, width), any of which may be absent. Fewer steps than the method was
/// trained on are filled up with zeros behind them, more are cut. A modality that is absent, has no step, or holds nothing but
/// NaN is missing; a single NaN or infinite number is unknown.
/// </summary>
/// <param name="id">Names the noise of its recovery: the same id gives the same answer, whatever else is asked at the time.</param>
public sealed class Utterance(string id = "")
{
    private readonly Dictionary<string, float[,]?> _arrays = new(StringComparer.Ordinal);

    /// <summary>An utterance with a number for an id.</summary>
    public Utterance(long number)
        : this(number.ToString(CultureInfo.InvariantCulture))
    {
    }

    /// <summary>Names the noise.</summary>
    public string Id { get; } = id ?? throw new ArgumentNullException(nameof(id));

    /// <summary>The features of a modality, (steps, width); null where it is missing. The array is not copied.</summary>
    public float[,]? this[string modality]
    {
        get => _arrays.GetValueOrDefault(modality);
        set => _arrays[modality] = value;
    }

    /// <summary>Sets the features of a modality from numbers one after another.</summary>
    /// <param name="modality">Its name.</param>
    /// <param name="values">Step by step.</param>
    /// <param name="width">Features of a step, at least 1.</param>
    /// <exception cref="ArgumentException">The numbers are no whole steps.</exception>
    public void Set(string modality, ReadOnlySpan<float> values, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (values.Length % width != 0)
        {
            throw new ArgumentException($"'{modality}' has {values.Length} numbers, which are no whole steps of {width} features", nameof(values));
        }

        var array = new float[values.Length / width, width];
        values.CopyTo(Numbers(array));
        this[modality] = array;
    }

    /// <summary>Utterances as a method takes them; what is missing is NaN there.</summary>
    /// <param name="utterances">At least one.</param>
    /// <param name="card">The method's.</param>
    /// <param name="note">Told once of every modality that is ignored, and where steps are cut; may be null.</param>
    /// <exception cref="InputException">An utterance has none of the method's modalities, or one of another width.</exception>
    public static Split Together(IReadOnlyList<Utterance> utterances, MethodCard card, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(utterances);
        ArgumentNullException.ThrowIfNull(card);
        ArgumentOutOfRangeException.ThrowIfZero(utterances.Count, nameof(utterances));
        var (model, told) = (card.Source.Length > 0 ? card.Source : card.Name, new HashSet<string>());
        var names = utterances.Select(u => FeatureFit.Match(NameOf(u), u._arrays.Keys, card.Modalities, model, n => Note(n))).ToList();
        var features = card.Modalities.Select((modality, m) =>
        {
            var values = FeatureFit.Missing(checked(utterances.Count * modality.RowSize));
            foreach (var (row, utterance) in utterances.Index())
            {
                if (names[row][m] is { } name && utterance[name] is { Length: > 0 } array)
                {
                    FeatureFit.CheckWidth(NameOf(utterance), array.GetLength(1), modality, model);
                    var into = values.AsSpan(row * modality.RowSize, modality.RowSize);
                    into.Clear();
                    if (FeatureFit.Copy(Numbers(array), into, modality.Width, card.PaddedInFront.Contains(modality.Name)))
                    {
                        Note($"'{name}' has more steps than the {modality.Length} that {model} was trained on: the rest was cut.");
                    }
                }
            }

            return new FeatureArray(modality, values);
        });
        return new Split("", [.. utterances.Select(u => u.Id)], FeatureFit.Missing(utterances.Count), [.. features]);

        void Note(string sentence)
        {
            if (told.Add(sentence))
            {
                note?.Invoke(sentence);
            }
        }
    }

    private static string NameOf(Utterance utterance) => utterance.Id.Length > 0 ? $"utterance '{utterance.Id}'" : "utterance";

    private static Span<float> Numbers(float[,] array) => array.Length == 0 ? [] : MemoryMarshal.CreateSpan(ref array[0, 0], array.Length);
}
