using System.Numerics;

namespace Amodal.Missingness;

/// <summary>A set of modalities; bit m stands for modality m of the data set. Immutable; at most 32 modalities.</summary>
/// <param name="Bits">The members.</param>
public readonly record struct ModalitySet(uint Bits)
{
    /// <summary>The first <paramref name="count"/> modalities, 0 to 32.</summary>
    public static ModalitySet All(int count) => new(count >= 32 ? uint.MaxValue : (1u << count) - 1);

    /// <summary>The set of the given indices.</summary>
    public static ModalitySet Of(params ReadOnlySpan<int> modalities)
    {
        var bits = 0u;
        foreach (var m in modalities)
        {
            bits |= 1u << m;
        }

        return new ModalitySet(bits);
    }

    /// <summary>Number of members.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>Whether it has no member.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>The members, ascending.</summary>
    public IEnumerable<int> Members
    {
        get
        {
            for (var rest = Bits; rest != 0; rest &= rest - 1)
            {
                yield return BitOperations.TrailingZeroCount(rest);
            }
        }
    }

    /// <summary>Whether modality m is a member.</summary>
    public bool Contains(int modality) => (Bits >> modality & 1) == 1;

    /// <summary>The members that <paramref name="other"/> lacks.</summary>
    public ModalitySet Without(ModalitySet other) => new(Bits & ~other.Bits);

    /// <summary>The members that <paramref name="other"/> has too.</summary>
    public ModalitySet And(ModalitySet other) => new(Bits & other.Bits);

    /// <summary>The names of the members joined by '+', in the data set's order: "text+vision". A name that holds a '+' itself stands in parentheses.</summary>
    public string Describe(IReadOnlyList<string> names) =>
        string.Join('+', Members.Select(m => names[m].Contains('+', StringComparison.Ordinal) ? $"({names[m]})" : names[m]));
}
