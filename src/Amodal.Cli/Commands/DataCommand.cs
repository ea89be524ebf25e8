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
        var standard = new SyntheticOptions();
        var test = new Option<int>("--test") { Description = "Utterances of test, however many train and valid have; 0 makes them 25 % of all.", DefaultValueFactory = _ => standard.TestUtterances };
        var nonLinear = new Option<bool>("--non-linear") { Description = string.Create(CultureInfo.InvariantCulture, $"The documented non-linear data: interactions {SyntheticOptions.NonLinear.Interactions}, components {SyntheticOptions.NonLinear.Components}, redundancy {SyntheticOptions.NonLinear.Redundancy} unless given.") };
        var interactions = new Option<double>("--interactions") { Description = "Share, 0 to 0.95, of what can be known of the label that is a product of two latents: no linear prediction has it.", DefaultValueFactory = _ => standard.Interactions };
        var components = new Option<int>("--components") { Description = "Gaussians, 1 to 9, that the latents are a mixture of; with one, what is missing depends linearly on what is observed.", DefaultValueFactory = _ => standard.Components };
        var redundancy = new Option<double>("--redundancy") { Description = "Correlation, 0 to 0.95, of what acoustic and vision see: how much of the one the other tells too.", DefaultValueFactory = _ => standard.Redundancy };
        var noise = new Option<double>("--noise") { Description = "What the noise of the features is multiplied by, 0.01 to 100.", DefaultValueFactory = _ => standard.Noise };
        var classes = new Option<int>("--classes") { Description = "Classes that the score is cut into, each as frequent; 0 leaves it a score.", DefaultValueFactory = _ => standard.Classes };
        var labelled = new Option<int>("--labelled") { Description = "Utterances of train that keep their label, fewer among more; 0 is all.", DefaultValueFactory = _ => standard.Labelled };
        var missing = new Option<double>("--train-missing") { Description = "How often, 0 to 0.95, each modality is missing from an utterance of train; one is always kept.", DefaultValueFactory = _ => standard.TrainMissing };
        var json = SharedOptions.Json();
        var command = new Command("synth", "Generates a data set whose best possible prediction is known (docs/guide/synthetic.md)." + Examples.Of(
            "amodal data synth -o synth.npz --utterances 2400 --seed 1", "amodal data synth -o harder.npz --non-linear --utterances 6000 --test 6000 --labelled 360"))
        {
            old, output, count, test, seed, nonLinear, interactions, components, redundancy, noise, classes, labelled, missing, json,
        };
        command.SetAction(parsed =>
        {
            stop.ThrowIfCancellationRequested();
            var file = OutOf(terminal, parsed, output, old);
            T Of<T>(Option<T> option, T otherwise) => parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option)! : otherwise;
            var start = parsed.GetValue(nonLinear) ? SyntheticOptions.NonLinear : standard;
            Write(terminal, file, Generate(
                new SyntheticOptions
                {
                    Utterances = parsed.GetValue(count),
                    TestUtterances = parsed.GetValue(test),
                    Seed = parsed.GetValue(seed),
                    Interactions = Of(interactions, start.Interactions),
                    Components = Of(components, start.Components),
                    Redundancy = Of(redundancy, start.Redundancy),
                    Noise = parsed.GetValue(noise),
                    Classes = parsed.GetValue(classes),
                    Labelled = parsed.GetValue(labelled),
                    TrainMissing = parsed.GetValue(missing),
                },
                stop), parsed.GetValue(json), stop);
        });
        return command;
    }

    private static DataSet Generate(SyntheticOptions options, CancellationToken stop)
    {
        try
        {
            return SyntheticData.Generate(options, stop);
        }
        catch (InputException error) when (error.Place is { } setting)
        {
            throw new InputException($"--{setting.Replace(' ', '-')}", null, error.Message.Split(": ", 3)[2]);
        }
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
