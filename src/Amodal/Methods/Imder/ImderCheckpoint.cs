using Amodal.Data.Checkpoints;

namespace Amodal.Methods.Imder;

/// <summary>A state dictionary of the released IMDer, as torch.save wrote it.</summary>
internal sealed class ImderCheckpoint
{
    private const string ModelPrefix = "Model.";
    private const string TextModelPrefix = "text_model.";
    private const int MostNamed = 8;
    private readonly string _path;
    private readonly Dictionary<string, NumPyArray> _tensors;

    private ImderCheckpoint(string path, Dictionary<string, NumPyArray> tensors, int leftOut) =>
        (_path, _tensors, TextModelTensors) = (path, tensors, leftOut);

    /// <summary>How many tensors of the text model (BERT) it holds; they are not read, since our input is features.</summary>
    public int TextModelTensors { get; }

    /// <summary>Widths of the features it takes: language, acoustic, vision.</summary>
    public IReadOnlyList<int> Widths => [.. new[] { "l", "a", "v" }.Select(x => Size($"proj_{x}.weight", 1) ?? 1)];

    /// <summary>Reads the file.</summary>
    public static ImderCheckpoint Read(string path)
    {
        var leftOut = 0;
        var tensors = new Dictionary<string, NumPyArray>();
        foreach (var (name, tensor) in TorchArchive.Read(path, IsWanted))
        {
            if (!tensors.TryAdd(Plain(name), tensor))
            {
                throw new InputException(path, $"tensor '{name}'", $"is there with and without '{ModelPrefix}'; save the state dictionary of one model.");
            }
        }

        return new ImderCheckpoint(path, tensors, leftOut);

        bool IsWanted(string name)
        {
            if (Plain(name).StartsWith(TextModelPrefix, StringComparison.Ordinal))
            {
                leftOut++;
                return false;
            }

            // Buffers of its transformers that carry no meaning.
            return !name.EndsWith(".version", StringComparison.Ordinal) && !name.EndsWith("embed_positions._float_tensor", StringComparison.Ordinal);
        }
    }

    /// <summary>The size of its networks. What the file does not tell is the released code's default; the heads cannot be seen in it.</summary>
    /// <param name="heads">Attention heads; 8 in the released code.</param>
    public ImderOptions Options(int heads)
    {
        var defaults = new ImderOptions();
        // The score network's deepest level is 8 times as wide: a file that claims a width has to bring the weights.
        var channels = Size("proj_l.weight", 0) is { } c && c == Size("score_l.conv4.weight", 0) / 8 ? c : defaults.Channels;
        var squeezed = Size("rec_l.1.body.0.body.3.conv_du.0.weight", 0) ?? 0;
        return defaults with
        {
            Channels = channels,
            Heads = heads,
            Kernel = Size("proj_l.weight", 2) ?? defaults.Kernel,
            Layers = Count("trans_l_with_a.layers.", 32) ?? defaults.Layers,
            TimeWidth = Size("score_l.embed.1.weight", 0) is { } width && width % 2 == 0 ? width : defaults.TimeWidth,
            DecoderBlocks = Count("rec_l.1.body.", 65) - 1 ?? defaults.DecoderBlocks,
            DecoderReduction = squeezed > 0 && 2 * channels % squeezed == 0 ? 2 * channels / squeezed : defaults.DecoderReduction,
        };
    }

    /// <summary>Puts the weights into a model of three modalities, all of them or none.</summary>
    internal void LoadInto(ImderModel model, int decoderBlocks)
    {
        using var scope = NewDisposeScope();
        var targets = model.Modules.SelectMany(module => module.Value.state_dict().Select(p => (Key: $"{module.Key}.{p.Key}", Tensor: p.Value)))
            .Select(p => (Name: ImderKeys.Published(p.Key, decoderBlocks), p.Tensor)).Where(p => p.Name is not null).ToDictionary(p => p.Name!, p => p.Tensor);
        var faults = Faults(targets).ToList();
        if (faults.Count > 0)
        {
            throw new InputException(_path, null, $"is not a whole IMDer of this size: {string.Join("; ", faults)}. Give the state dictionary of the released IMDer (docs/methods/imder.md); nothing was loaded.");
        }

        using var noGradient = no_grad();
        foreach (var (name, target) in targets)
        {
            target.copy_(tensor(_tensors[name].ToFloats(), target.shape));
        }
    }

    private IEnumerable<string> Faults(Dictionary<string, Tensor> targets)
    {
        string[] all =
        [
            Listed("missing", targets.Keys.Where(name => !_tensors.ContainsKey(name))),
            Listed("not of IMDer", _tensors.Keys.Where(name => !targets.ContainsKey(name))),
            Listed("of another shape", targets.Where(t => _tensors.TryGetValue(t.Key, out var x) && !x.Shape.Select(n => (long)n).SequenceEqual(t.Value.shape))
                .Select(t => $"{t.Key} {Show(_tensors[t.Key].Shape)} instead of {Show(t.Value.shape)}")),
            Listed("not numbers", _tensors.Where(t => !t.Value.IsNumber).Select(t => t.Key)),
            Listed("not finite", _tensors.Where(t => t.Value.IsNumber && targets.ContainsKey(t.Key) && !t.Value.ToFloats().All(float.IsFinite)).Select(t => t.Key)),
        ];
        return all.Where(fault => fault.Length > 0);
    }

    private static string Listed(string what, IEnumerable<string> names)
    {
        var all = names.Order(StringComparer.Ordinal).ToList();
        return all.Count == 0 ? "" : $"{what}: {string.Join(", ", all.Take(MostNamed))}{(all.Count > MostNamed ? $" and {all.Count - MostNamed} more" : "")}";
    }

    private static string Show<T>(IEnumerable<T> shape) => $"({string.Join(", ", shape)})";

    private static string Plain(string name) => name.StartsWith(ModelPrefix, StringComparison.Ordinal) ? name[ModelPrefix.Length..] : name;

    private int? Size(string name, int dimension) =>
        _tensors.TryGetValue(name, out var x) && x.Shape.Count > dimension && x.Shape[dimension] > 0 ? x.Shape[dimension] : null;

    /// <summary>One more than the largest number that follows a prefix; null where there is none below a bound.</summary>
    private int? Count(string prefix, int bound)
    {
        var numbers = _tensors.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => int.TryParse(k[prefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n + 1 : 0)
            .Where(n => n > 0 && n <= bound).ToList();
        return numbers.Count == 0 ? null : numbers.Max();
    }
}
