using Amodal.Missingness;

namespace Amodal.Reproduction;

/// <summary>
/// Which of a data set's modalities are the thesis's language (l), acoustic (a) and vision (v), by their names. Data of
/// other modalities has none of them, and then none of the thesis's observed sets.
/// </summary>
public sealed class ModalityRoles
{
    private static readonly (string Role, string[] Beginnings)[] _known =
    [
        ("l", ["text", "language", "bert", "glove", "word"]),
        ("a", ["audio", "acoustic", "sound", "speech", "voice", "covarep"]),
        ("v", ["vision", "visual", "video", "face", "facet", "openface"]),
    ];

    private readonly Dictionary<string, int> _modality = [];

    /// <summary>Finds the roles; the first modality whose name is the letter, or begins with a known word, has it.</summary>
    public ModalityRoles(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Count = names.Count;
        foreach (var (role, beginnings) in _known)
        {
            for (var m = 0; m < names.Count && !_modality.ContainsKey(role); m++)
            {
                var name = names[m].ToLowerInvariant();
                if (name == role || beginnings.Any(b => name.StartsWith(b, StringComparison.Ordinal)))
                {
                    _modality[role] = m;
                }
            }
        }
    }

    /// <summary>Number of modalities.</summary>
    public int Count { get; }

    /// <summary>Whether the data has the thesis's three modalities and no other.</summary>
    public bool AreTheThesis => Count == _known.Length && _modality.Values.Distinct().Count() == _known.Length;

    /// <summary>The modality that has a role; null where none does.</summary>
    public int? Of(string role) => _modality.TryGetValue(role, out var m) ? m : null;

    /// <summary>The observed set that the thesis writes "l+a"; null where the data lacks one of them.</summary>
    public ModalitySet? Observed(string letters)
    {
        ArgumentNullException.ThrowIfNull(letters);
        var members = letters.Split('+').Select(Of).ToList();
        return members.Any(m => m is null) ? null : ModalitySet.Of([.. members.Select(m => m!.Value)]);
    }
}
