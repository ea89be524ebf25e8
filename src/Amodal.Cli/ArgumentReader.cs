using System.CommandLine.Parsing;

namespace Amodal.Cli;

/// <summary>
/// Parses a command line so that no option takes what was meant for another place, and no mistyped option is taken for a path:
/// the parser underneath gives a list option everything up to the next option it knows, and an argument everything else.
/// </summary>
internal sealed class ArgumentReader
{
    private readonly Command _command;
    private readonly string _name;
    private readonly Dictionary<string, Option> _options;
    private readonly int _mostPositionals;
    private readonly List<string> _words = [];
    private readonly List<string> _errors = [];
    private int _positionals;

    private ArgumentReader(Command command, string name)
    {
        (_command, _name) = (command, name);
        _options = OptionsOf(command).SelectMany(o => o.Aliases.Append(o.Name).Select(n => (n, o))).DistinctBy(p => p.n).ToDictionary(p => p.n, p => p.o);
        _mostPositionals = command.Arguments.Sum(a => Math.Min(a.Arity.MaximumNumberOfValues, short.MaxValue));
    }

    /// <summary>Parses the words of a command line.</summary>
    /// <returns>What was understood, what was wrong, and the command's whole name for a message.</returns>
    public static (ParseResult Parsed, IReadOnlyList<string> Errors, string Command) Parse(RootCommand root, IReadOnlyList<string> args, string program = "amodal")
    {
        var first = root.Parse(args, _configuration);
        var depth = 0;
        for (var command = first.CommandResult; command.Parent is CommandResult parent; command = parent)
        {
            depth++;
        }

        var reader = new ArgumentReader(first.CommandResult.Command, NameOf(first.CommandResult, program));
        reader.Read(args, depth);
        var parsed = root.Parse(reader._words, _configuration);
        return (parsed, reader._errors.Count > 0 ? reader._errors : [.. parsed.Errors.Select(e => e.Message)], reader._name);
    }

    /// <summary>The options that a command takes: its own, and those of the commands above it that go down.</summary>
    public static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(OptionsOf).Where(o => o.Recursive));

    // A word such as @name is a path like any other, and not a file with more words.
    private static readonly ParserConfiguration _configuration = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    private static string NameOf(CommandResult command, string program) =>
        command.Parent is CommandResult parent ? $"{NameOf(parent, program)} {command.Command.Name}" : program;

    private void Read(IReadOnlyList<string> args, int depth)
    {
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--")
            {
                _words.AddRange(args.Skip(i));
                return;
            }

            if (!IsOption(args[i]))
            {
                ReadPositional(args[i], ref depth);
                continue;
            }

            var name = args[i].Split('=', ':')[0];
            if (!_options.TryGetValue(name, out var option))
            {
                _errors.Add($"'{name}' is not an option of '{_name}'.{Suggest(name, _options.Values.Where(o => !o.Hidden).Select(o => o.Name))}");
                return; // what follows may be its value
            }

            var following = args.Skip(i + 1).TakeWhile(word => !IsOption(word) && word != "--").ToList();
            i += ReadOption(option, args[i], hasValue: name.Length < args[i].Length, following);
        }
    }

    private void ReadPositional(string word, ref int depth)
    {
        if (depth > 0)
        {
            depth--; // a command's name
        }
        else if (_command.Subcommands.Any() && _mostPositionals == 0 && _errors.Count == 0 && word.Length > 0 && word[0] is not ('-' or '['))
        {
            _errors.Add($"'{word}' is not a command of '{_name}'.{Suggest(word, _command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}");
        }
        else
        {
            _positionals++;
        }

        _words.Add(word);
    }

    /// <summary>Reads an option with its values.</summary>
    private int ReadOption(Option option, string word, bool hasValue, List<string> following)
    {
        if (option.Arity.MaximumNumberOfValues == 0 && hasValue)
        {
            _errors.Add($"'{option.Name}' takes no value; write it alone.");
        }

        _words.Add(word);
        if (option.Arity.MaximumNumberOfValues == 0)
        {
            return 0;
        }

        var used = hasValue ? 0 : Math.Min(1, following.Count);
        _words.AddRange(following.Take(used));
        while (option is ListOption { IsKeyed: true } && used > 0 && used < following.Count && ListOption.IsSetting(following[used]))
        {
            _words.AddRange([option.Name, following[used++]]); // KEY=VALUE is no path
        }

        if (option is not ListOption || used == following.Count || hasValue)
        {
            return used;
        }

        if (_positionals >= _mostPositionals)
        {
            _words.AddRange(following.Skip(used).SelectMany(value => (string[])[option.Name, value]));
            return following.Count;
        }

        if (_positionals > 0)
        {
            _errors.Add($"'{following[used]}' after {option.Name} {following[0]} may be meant for either: "
                + $"write {option.Name} {following[used]}, or name it before the options.");
        }

        return used;
    }

    /// <summary>Whether a word is an option and not a value: a negative number and a lone hyphen are values.</summary>
    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && word != "--" && (word[1] == '-' || char.IsAsciiLetter(word[1]));

    private static string Suggest(string name, IEnumerable<string> names)
    {
        var all = names.ToList();
        var nearest = all.Where(n => n.StartsWith(name, StringComparison.Ordinal)).ToList() is [var only] ? only : NearestName.Of(name, all);
        return nearest is null ? "" : $" Did you mean '{nearest}'?";
    }
}
