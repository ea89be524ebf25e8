using static TorchSharp.torch;

namespace Amodal.Cli;

/// <summary>Training with its progress on the terminal.</summary>
internal static class TrainingView
{
    public static IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> Train(
        Terminal terminal, ExperimentOptions options, DataSet data, RunDirectory run, Device device, bool resume, RunDirectory? reuse, CancellationToken stop)
    {
        var (notes, curves) = terminal.WithProgress(bars =>
        {
            var trainer = new Trainer(options, data, run, device, Progress(bars));
            var curves = trainer.Train(resume, reuse, stop);
            return (trainer.Notes, curves);
        });
        terminal.Notes(notes);
        return curves;
    }

    /// <summary>Shows the stages as bars.</summary>
    public static IProgress<TrainingProgress> Progress(ProgressBars bars) => new Bars(bars);

    public static void Print(Terminal terminal, IReadOnlyDictionary<string, IReadOnlyList<EpochRecord>> curves)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("stage", "epochs", "best epoch", "train loss", "validation loss");
        foreach (var (stage, curve) in curves)
        {
            var best = curve.MinBy(e => e.ValidLoss)!;
            table.AddRow(stage, Text(curve.Count), Text(best.Epoch), Loss(best.TrainLoss), Loss(best.ValidLoss));
        }

        terminal.Out.Write(table);

        static string Text(int n) => n.ToString(CultureInfo.InvariantCulture);
        static string Loss(double x) => x.ToString("F4", CultureInfo.InvariantCulture);
    }

    /// <summary>What the run reaches on the validation split; null, with a note, where it cannot be told. The training is done either way.</summary>
    public static RunEvaluationResult? Validate(Terminal terminal, RunDirectory run, string dataFile, Device device, CancellationToken stop)
    {
        try
        {
            using var evaluator = new RunEvaluator([run.Path], dataFile, "valid", device);
            return terminal.WithProgress(bars => evaluator.Validate((what, done) => bars.Show(what, done), stop));
        }
        catch (InputException e)
        {
            terminal.Message($"note: what was reached on validation cannot be told: {e.Message}");
            return null;
        }
    }

    public static void PrintReached(Terminal terminal, RunEvaluationResult reached)
    {
        terminal.Out.WriteLine();
        TableView.Print(terminal, ResultFile.ToShortTable(reached) with { Title = "reached on validation" });
        if (reached.Summary() is { } summary)
        {
            terminal.Out.WriteLine($"On validation: {summary.Verdict} The run was selected on this split; what counts is the test split.");
        }
    }

    /// <summary>One bar per stage; a stage may stop early, so the time left is an upper bound.</summary>
    private sealed class Bars(ProgressBars bars) : IProgress<TrainingProgress>
    {
        private string _stage = "";

        public void Report(TrainingProgress value)
        {
            if (value.Stage != _stage && !value.IsPreparation)
            {
                bars.Finish(_stage); // it stopped early
                _stage = value.Stage;
            }

            if (value.IsPreparation)
            {
                bars.Show($"{value.Stage}: recovering ahead", value.Done);
                return;
            }

            bars.Show(value.Stage, (value.Epoch - 1 + value.Done) / value.Epochs, value.ValidLoss is { } loss
                ? string.Create(CultureInfo.InvariantCulture, $"{value.Stage} {value.Epoch}/{value.Epochs}, validation {loss:F3}")
                : null);
        }
    }
}
