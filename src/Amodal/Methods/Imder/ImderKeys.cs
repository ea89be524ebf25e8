using System.Text.RegularExpressions;

namespace Amodal.Methods.Imder;

/// <summary>The names that IMDer's checkpoints have for our parameters, of three modalities in the order l, a, v.</summary>
internal static partial class ImderKeys
{
    private static readonly string[] _letters = ["l", "a", "v"];

    /// <summary>The published name of a parameter, or null of what is ours alone.</summary>
    /// <param name="key">MODULE.name, as the model's checkpoints have it.</param>
    /// <param name="decoderBlocks">Blocks of each decoder, after which its closing convolution is numbered.</param>
    public static string? Published(string key, int decoderBlocks)
    {
        if (!Indexed().Match(key).Groups.TryGetValue("index", out var group) || !group.Success)
        {
            return Head(key);
        }

        var (prefix, index, rest) = (key[..(group.Index - 1)], int.Parse(group.Value, System.Globalization.CultureInfo.InvariantCulture), key[(group.Index + group.Length)..]);
        return prefix switch
        {
            "classifier.projections" => $"proj_{_letters[index]}{rest}",
            "classifier.fusion.crossings" when ImderFusion.Pairs(_letters.Length).ElementAt(index) is var (query, source) =>
                $"trans_{_letters[query]}_with_{_letters[source]}{rest}",
            "classifier.fusion.memories" => $"trans_{_letters[index]}_mem{rest}",
            "scores.networks" => $"score_{_letters[index]}{rest}",
            "scores.merges" => $"cat_{string.Concat(ImderScores.Sources(_letters.Length, index).Select(m => _letters[m]))}{rest}",
            "decoders.modalities" => $"rec_{_letters[index]}.{Decoder(rest[1..], decoderBlocks)}",
            _ => null,
        };
    }

    private static string? Head(string key) => key.Split('.') switch
    {
        ["classifier", "fusion", "hidden", var name] => $"proj1.{name}",
        ["classifier", "fusion", "residual", var name] => $"proj2.{name}",
        ["classifier", "fusion", "output", var name] => $"out_layer.{name}",
        _ => null,
    };

    private static string? Decoder(string key, int blocks) => key.Split('.') switch
    {
        ["input", var name] => $"0.{name}",
        ["output", var name] => $"2.{name}",
        ["closing", var name] => $"1.body.{blocks}.{name}",
        ["blocks", var block, "convolution1", var name] => $"1.body.{block}.body.0.{name}",
        ["blocks", var block, "convolution2", var name] => $"1.body.{block}.body.2.{name}",
        ["blocks", var block, "squeeze", var name] => $"1.body.{block}.body.3.conv_du.0.{name}",
        ["blocks", var block, "excite", var name] => $"1.body.{block}.body.3.conv_du.2.{name}",
        _ => null,
    };

    [GeneratedRegex(@"^(?:classifier\.(?:projections|fusion\.(?:crossings|memories))|scores\.(?:networks|merges)|decoders\.modalities)\.(?<index>\d+)")]
    private static partial Regex Indexed();
}
