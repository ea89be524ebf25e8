using Amodal.Data.Inspection;
using Amodal.Data.Synthetic;

namespace Amodal.Cli.Commands;

/// <summary>amodal data: inspect, synth, convert, fold, masks.</summary>
internal static class DataCommand
{
    private const int MostFolds = 1001; // a table numbers them from 0 to 1000

    public static Command Create(Terminal terminal, CancellationToken stop) => new("data", "Looks at data files, makes and converts them, and draws what is missing in them.")
    {
        Inspect(terminal, stop), Synth(terminal, stop), Convert(terminal, stop), Fold(terminal, stop), Masks(terminal, stop),
    };

    private static Argument<string> Source() => new("FILE")
    {
        Description = "MMSA pickle (.pkl, .pkl.gz), Amodal .npz, or a folder with utterances.csv and .npy files.",
    };

    private static Option<string> Output() => new("--out") { Description = "The .npz to write; required." };

    /// <summary>Where older command lines have the file to write.</summary>
    private static Argument<string?> OldOutput() => new("OUT") { Hidden = true, Arity = ArgumentArity.ZeroOrOne };

    private static string OutOf(Terminal terminal, ParseResult parsed, Option<string> output, Argument<string?> old)
    {
        if (parsed.GetValue(old) is { } path && parsed.GetValue(output) is null)
        {
            terminal.Notes([$"the file to write is named by --out now: -o {path}."]);
            return path;
        }

        return parsed.GetValue(old) is null && parsed.GetValue(output) is { } file ? file
            : throw new InputException("out", null, "is needed, once: name the file to write.");
    }

    private static Command Inspect(Terminal terminal, CancellationToken stop)
    {
        var (file, target, json) = (Source(), SharedOptions.Target(), SharedOptions.Json());
        var command = new Command("inspect", "Shows splits, modalities, shapes, lengths, labels, and anything odd." + Examples.Of("amodal data inspect mosi.pkl"))
        {
            file, target, json,
        };
        command.SetAction(parsed =>
        {
            stop.ThrowIfCancellationRequested();
            var report = DataInspector.Inspect(DataReading.Read(terminal, parsed.GetValue(file)!, stop, target: SharedOptions.TargetOf(parsed, target)), stop);
            terminal.Notes(report.Notes); // the oddities are part of what is printed
            if (parsed.GetValue(json))
            {
                terminal.Json(report);
            }
            else
            {
                DataView.Print(terminal, report);
            }
        });
        return command;
    }

    private static Command Synth(Terminal terminal, CancellationToken stop)
    {
        var (output, old) = (Output(), OldOutput());
        var count = new Option<int>("--utterances") { Description = "Utterances in all splits together.", DefaultValueFactory = _ => new SyntheticOptions().Utterances };
        var seed = SharedOptions.Seed("Seed of the model and of the utterances.", unlessGiven: 1);
        var classes = new Option<int>("--classes") { Description = "Classes that the score is cut into, each as frequent; 0 leaves it a score.", DefaultValueFactory = _ => 0 };
        var json = SharedOptions.Json();
        var command = new Command("synth", "Generates a data set whose best possible prediction is known (docs/guide/synthetic.md)." + Examples.Of(
            "amodal data synth -o synth.npz --utterances 2400 --seed 1"))
        {
            old, output, count, seed, classes, json,
        };
        command.SetAction(parsed =>
        {
            stop.ThrowIfCancellationRequested();
            var file = OutOf(terminal, parsed, output, old);
            if (parsed.GetValue(count) is < 20 or > 1_000_000)
            {
                throw new InputException("--utterances", null, $"is {parsed.GetValue(count)}; give 20 to 1000000.");
            }

            if (parsed.GetValue(classes) is not (0 or (>= 2 and <= ClassTarget.MostClasses)))
            {
                throw new InputException("--classes", null, $"is {parsed.GetValue(classes)}; give 2 to {ClassTarget.MostClasses}, or 0 for a score.");
            }

            var data = SyntheticData.Generate(
                new SyntheticOptions { Utterances = parsed.GetValue(count), Seed = parsed.GetValue(seed), Classes = parsed.GetValue(classes) }, stop);
            Write(terminal, file, data, parsed.GetValue(json), stop);
        });
        return command;
    }

    private static Command Convert(Terminal terminal, CancellationToken stop)
    {
        var (file, json) = (Source(), SharedOptions.Json());
        var (output, old) = (Output(), OldOutput());
        var defaults = new FolderOptions();
        var labels = SharedOptions.Target();
        var table = new Option<string>("--table") { Description = "Folder: the CSV with one row per utterance.", DefaultValueFactory = _ => defaults.Table };
        var id = new Option<string>("--id-column") { Description = "Folder: column of ids.", DefaultValueFactory = _ => defaults.IdColumn };
        var split = new Option<string>("--split-column") { Description = "Folder: column that says train, valid or test.", DefaultValueFactory = _ => defaults.SplitColumn };
        var label = new Option<string>("--label-column") { Description = "Folder: column of labels.", DefaultValueFactory = _ => defaults.LabelColumn };
        var group = new Option<string>("--group-column") { Description = "Folder: column that says which video or dialogue an utterance was cut from; 'video' unless given." };
        var modality = new ListOption("--modality", isKeyed: true) { Description = "Folder: NAME=FILE.npy for each modality, which sets names and order; without it every array that fits." };
        var validShare = new Option<double>("--valid-share") { Description = "Folder: share of train taken for validation when the table has none.", DefaultValueFactory = _ => defaults.ValidShare };
        var command = new Command("convert", "Converts any data that Amodal reads into its own .npz (docs/guide/data.md)." + Examples.Of(
            "amodal data convert mosi-utterance -o mosi-words.npz --split-column split_std --modality text=text_glove_50x100.npy.gz,acoustic=audio_73.npy"))
        {
            file, old, output, labels, table, id, split, label, group, modality, validShare, json,
        };
        command.SetAction(parsed =>
        {
            var target = OutOf(terminal, parsed, output, old);
            var options = defaults with
            {
                Table = parsed.GetValue(table)!,
                IdColumn = parsed.GetValue(id)!,
                SplitColumn = parsed.GetValue(split)!,
                LabelColumn = parsed.GetValue(label)!,
                GroupColumn = parsed.GetValue(group),
                ValidShare = parsed.GetValue(validShare),
                Modalities = [.. modality.Of(parsed).Select(ParseModality)],
            };
            Write(terminal, target, Read(terminal, parsed.GetValue(file)!, options, SharedOptions.TargetOf(parsed, labels), stop), parsed.GetValue(json), stop);
        });
        return command;
    }

    private static Command Fold(Terminal terminal, CancellationToken stop)
    {
        var (file, labels, json) = (Source(), SharedOptions.Target(), SharedOptions.Json());
        var output = new Option<string>("--out") { Description = "The .npz to write.", Required = true };
        var test = new Option<int>("--test") { Description = "The fold that becomes test; the one before it becomes validation, the rest train.", Required = true };
        var folds = new Option<int>("--folds") { Description = "Number of folds, when they are made here by video.", DefaultValueFactory = _ => 5 };
        var seed = SharedOptions.Seed("Seed of the folds made here.", unlessGiven: 1);
        var table = new Option<string>("--table") { Description = "CSV that says each utterance's fold, instead of folds made here." };
        var id = new Option<string>("--id-column") { Description = "Table: column of ids.", DefaultValueFactory = _ => "id" };
        var group = new Option<string>("--group-column") { Description = "Table: column of groups, such as videos or dialogues, that folds made here keep whole; instead of --fold-column." };
        var column = new Option<string>("--fold-column") { Description = "Table: column of folds, from 0; -1 leaves the utterance out.", DefaultValueFactory = _ => "fold" };
        var command = new Command("fold", "Pools all splits and splits anew: one fold of a cross-validation by video." + Examples.Of(
            "amodal data fold heldout.pkl.gz --table utterances.csv --fold-column heldout_fold --test 0 -o fold0.npz"))
        {
            file, output, labels, test, folds, seed, table, id, group, column, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(folds) is < 3 or > MostFolds)
            {
                throw new InputException("--folds", null, $"is {parsed.GetValue(folds)}; give 3 to {MostFolds}: one to test, one to validate, the rest to train.");
            }

            var data = DataReading.Read(terminal, parsed.GetValue(file)!, stop, target: SharedOptions.TargetOf(parsed, labels));
            var (csv, groups) = (parsed.GetValue(table), parsed.GetValue(group));
            if (groups is not null && (csv is null || parsed.GetResult(column) is { Implicit: false }))
            {
                throw new InputException("--group-column", null, csv is null ? "needs a table; name it with --table." : "and --fold-column both say how folds are made; give one.");
            }

            var assignment = csv is not null && groups is null
                ? FoldSplitter.ReadFolds(csv, parsed.GetValue(id)!, parsed.GetValue(column)!)
                : FoldSplitter.AssignFolds(data, parsed.GetValue(folds), (ulong)parsed.GetValue(seed), groups is null ? null : FoldSplitter.ReadGroups(csv!, parsed.GetValue(id)!, groups));
            var round = FoldSplitter.Fold(data, assignment, parsed.GetValue(test));
            terminal.Notes(round.Notes); // not those of the splits before
            Write(terminal, parsed.GetValue(output)!, round, parsed.GetValue(json), stop);
        });
        return command;
    }

    private static Command Masks(Terminal terminal, CancellationToken stop)
    {
        var (file, json) = (Source(), SharedOptions.Json());
        var rates = MissingRateOption.Create("each modality by its own", "The missing rate over all modalities, 0 to (M - 1) / M for M of them. Or: ");
        rates.Required = true;
        var seed = SharedOptions.Seed("Seed of the draw.", unlessGiven: 1);
        var split = new Option<string>("--split") { Description = "Split to draw for.", DefaultValueFactory = _ => "test" };
        var output = new Option<string>("--out") { Description = "CSV file to write: id, and a 0/1 column per modality.", Required = true };
        var command = new Command("masks", "Writes the exact masks of the random protocol, or of a missing rate per modality, for other programs and for --masks." + Examples.Of(
            "amodal data masks mosi.pkl --missing-rate 0.5 --seed 1 -o masks.csv", "amodal data masks mosi.pkl --missing-rate audio=0.3,vision=0.1 -o masks.csv"))
        {
            file, rates, seed, split, output, json,
        };
        command.SetAction(parsed =>
        {
            stop.ThrowIfCancellationRequested();
            var dataSet = DataReading.Read(terminal, parsed.GetValue(file)!, stop);
            var rows = dataSet[parsed.GetValue(split)!];
            terminal.Notes(DataWarnings.OfRows(rows));
            var names = dataSet.Modalities.Select(m => m.Name).ToList();
            var (asked, number) = (parsed.GetValue(rates)!, (ulong)parsed.GetValue(seed));
            var masks = double.TryParse(asked, CultureInfo.InvariantCulture, out var all)
                ? RandomMasks.Draw(rows.Count, names.Count, all, number)
                : ModalityRates.Parse(asked, names, MissingRateOption.Name).Draw(rows.Count, number);
            stop.ThrowIfCancellationRequested();
            MaskFile.Write(parsed.GetValue(output)!, rows.Ids, names, masks);
            var realised = RandomMasks.RealisedRate(masks, names.Count);
            if (parsed.GetValue(json))
            {
                terminal.Json(new { file = parsed.GetValue(output), rows = rows.Count, missingRate = realised });
            }
            else
            {
                terminal.Message($"{rows.Count} masks with missing rate {realised:F4} are in {parsed.GetValue(output)}.");
            }
        });
        return command;
    }

    private static DataSet Read(Terminal terminal, string path, FolderOptions? folder, TargetSpec? target, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var data = DataReading.Read(terminal, path, stop, folder, target);
        terminal.Notes(data.Notes);
        return data;
    }

    private static void Write(Terminal terminal, string path, DataSet data, bool json, CancellationToken stop)
    {
        NpzWriter.Write(path, data, stop);
        if (json)
        {
            terminal.Json(new { file = path, digest = data.Digest, splits = data.Splits.ToDictionary(s => s.Name, s => s.Count), modalities = data.Modalities });
        }
        else
        {
            terminal.Message($"{path}: {string.Join(", ", data.Splits.Select(s => $"{s.Name} {s.Count}"))}; {string.Join(", ", data.Modalities.Select(m => $"{m.Name} ({m.Length} x {m.Width})"))}.");
        }
    }

    private static ModalityFile ParseModality(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && at < text.Length - 1 ? new ModalityFile(text[..at], text[(at + 1)..])
            : throw new InputException("--modality", null, $"'{text}' is not NAME=FILE; write, say, acoustic=audio_73.npy.");
    }
}
