namespace Amodal.Missingness;

/// <summary>
/// Which of a data set's modalities are language (l), acoustic (a) and vision (v), by their names. Data of other modalities
/// has none of them.
/// </summary>
public sealed class ModalityRoles
{
    /// <summary>The role of language.</summary>
    public const string Language = "l";

    private static readonly (string Role, string[] Words)[] _known =
    [
        (Language, ["text", "language", "bert", "glove", "word", "transcript", "sentence", "token", "gpt", "llama", "linguistic"]),
        ("a", ["audio", "acoustic", "sound", "speech", "voice", "covarep", "opensmile", "egemaps", "wav2vec", "hubert", "wavlm", "mfcc", "prosod"]),
        ("v", ["vision", "visual", "video", "face", "facet", "openface", "facial", "image", "resnet", "densenet"]),
    ];

    private readonly Dictionary<string, int> _modality = [];

    /// <summary>Finds the roles: the first modality whose name is the letter, or begins with a known word, has it; failing that, the first of the rest whose name holds one.</summary>
    public ModalityRoles(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Count = names.Count;
        Assign(names, (name, role, words) => name == role || words.Any(w => name.StartsWith(w, StringComparison.Ordinal)));
        Assign(names, (name, _, words) => words.Any(w => name.Contains(w, StringComparison.Ordinal)));
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

    private void Assign(IReadOnlyList<string> names, Func<string, string, string[], bool> fits)
    {
        foreach (var (role, words) in _known.Where(k => !_modality.ContainsKey(k.Role)))
        {
            var free = Enumerable.Range(0, names.Count).Where(m => !_modality.ContainsValue(m) && fits(names[m].ToLowerInvariant(), role, words)).ToList();
            if (free.Count > 0)
            {
                _modality[role] = free[0];
            }
        }
    }
}
