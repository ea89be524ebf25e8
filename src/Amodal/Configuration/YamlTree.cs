using System.Buffers;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Amodal.Configuration;

/// <summary>The part of YAML that a configuration may use: mappings and scalars, each with its line.</summary>
internal abstract record YamlTree(int Line)
{
    /// <summary>Groups within groups; ours need three, and a hostile file must not exhaust the stack.</summary>
    private const int MaxDepth = 16;

    private static readonly SearchValues<char> _controls =
        SearchValues.Create([.. Enumerable.Range(0, 32).Select(c => (char)c).Where(c => c is not ('\t' or '\n' or '\r')), '\u007F']);

    /// <summary>A single value.</summary>
    public sealed record Scalar(string Text, bool IsPlain, int Line) : YamlTree(Line);

    /// <summary>Keys with values, in the file's order.</summary>
    public sealed record Mapping(IReadOnlyList<Entry> Entries, int Line) : YamlTree(Line);

    /// <summary>Anything else: lists, aliases. Its description completes "is ...".</summary>
    public sealed record Other(string Description, int Line) : YamlTree(Line);

    /// <summary>A key and its value; line 0 is not from a file.</summary>
    public sealed record Entry(string Key, YamlTree Value, int Line);

    /// <summary>Reads one document; none at all is an empty mapping. What is not allowed goes to the faults.</summary>
    public static Mapping Read(string text, FaultList faults)
    {
        RefuseControlCharacters(text, faults);
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                return new Mapping([], 1);
            }

            var root = ReadNode(parser, faults, depth: 0);
            parser.Consume<DocumentEnd>();
            if (parser.TryConsume<DocumentStart>(out var second))
            {
                faults.Add(LineOf(second), "a second document begins here; a configuration is one document. Remove the '---'.");
            }

            return AsMapping(root, faults);
        }
        catch (YamlException problem)
        {
            faults.Add($"line {problem.Start.Line}", $"is not YAML: {problem.Message}");
            faults.ThrowIfAny(problem);
            throw;
        }
        catch (Exception problem) when (problem is EndOfStreamException or InvalidOperationException)
        {
            // YamlDotNet 18 loses its place in some faulty texts, such as ": a", instead of refusing them.
            faults.Add(null, "is not YAML: its keys and values cannot be told apart. Write lines 'key: value'.");
            faults.ThrowIfAny(problem);
            throw;
        }
    }

    /// <summary>YAML allows none but tabs and line ends, and the parser's own answer to a NUL is no message for people.</summary>
    private static void RefuseControlCharacters(string text, FaultList faults)
    {
        var at = text.AsSpan().IndexOfAny(_controls);
        if (at >= 0)
        {
            faults.Add($"line {text.AsSpan(0, at).Count('\n') + 1}", $"holds the control character U+{(int)text[at]:X4}; this is no text file.");
            faults.ThrowIfAny();
        }
    }

    private static Mapping AsMapping(YamlTree root, FaultList faults)
    {
        switch (root)
        {
            case Mapping mapping:
                return mapping;
            case Scalar { IsPlain: true, Text: "" }:
                break;
            default:
                faults.Add($"line {root.Line}", "a configuration is a list of lines 'key: value'.");
                break;
        }

        return new Mapping([], root.Line);
    }

    private static YamlTree ReadNode(Parser parser, FaultList faults, int depth)
    {
        if (parser.Accept<NodeEvent>(out var node))
        {
            RefuseDecoration(node, faults);
        }

        if (parser.TryConsume<YamlDotNet.Core.Events.Scalar>(out var scalar))
        {
            return new Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain, NumberOf(scalar));
        }

        if (parser.TryConsume<MappingStart>(out var start))
        {
            return ReadMapping(parser, start, faults, depth);
        }

        var other = parser.Consume<ParsingEvent>();
        if (other is SequenceStart)
        {
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                CheckDepth(depth, other, faults);
                ReadNode(parser, faults, depth + 1);
            }
        }

        return new Other(other is SequenceStart ? "a list" : "an alias (*name), which is not allowed here", NumberOf(other));
    }

    private static Mapping ReadMapping(Parser parser, MappingStart start, FaultList faults, int depth)
    {
        var entries = new List<Entry>();
        CheckDepth(depth, start, faults);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(parser, faults, depth + 1);
            var value = ReadNode(parser, faults, depth + 1);
            if (key is not Scalar name)
            {
                faults.Add($"line {key.Line}", "a key is a single word.");
            }
            else if (entries.FirstOrDefault(e => e.Key == name.Text) is { } first)
            {
                faults.Add($"line {name.Line}, {name.Text}", $"is given twice, first in line {first.Line}; remove one.");
            }
            else
            {
                entries.Add(new Entry(name.Text, value, name.Line));
            }
        }

        return new Mapping(entries, NumberOf(start));
    }

    private static void RefuseDecoration(NodeEvent node, FaultList faults)
    {
        if (!node.Anchor.IsEmpty)
        {
            faults.Add(LineOf(node), $"the anchor '&{node.Anchor.Value}' is not allowed; write the value out where it is needed.");
        }

        if (!node.Tag.IsEmpty)
        {
            faults.Add(LineOf(node), $"the tag '{node.Tag.Value}' is not allowed; the key decides what a value is.");
        }
    }

    private static void CheckDepth(int depth, ParsingEvent at, FaultList faults)
    {
        if (depth >= MaxDepth)
        {
            faults.Add(LineOf(at), $"groups lie more than {MaxDepth} deep.");
            faults.ThrowIfAny();
        }
    }

    private static int NumberOf(ParsingEvent at) => (int)at.Start.Line;

    private static string LineOf(ParsingEvent at) => $"line {at.Start.Line}";
}
