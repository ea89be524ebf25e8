// <readme>
using Amodal.Data.Synthetic;
using Amodal.Runs;
using Amodal.Training;
using static TorchSharp.torch;
// </readme>

namespace Amodal.Tests.Readme;

/// <summary>The README's example, between its marks; ReadmeTests holds the two together.</summary>
internal static class Example
{
    public static void Run()
    {
        // <readme>
        var data = SyntheticData.Generate(new SyntheticOptions { Utterances = 240 }); // or DataFile.Read("mosi.pkl")
        var options = ExperimentFile.Preset("demo", ["classifier.epochs=5", "linear-first.steps=60"]); // or ExperimentFile.Load("mine.yaml")
        new Trainer(options, data, new RunDirectory("runs/first"), CPU).Train(resume: false);

        using var session = new RunSession(TrainedRun.Load("runs/first", CPU).CreateMethod(isOwner: true), data, "test");
        var observed = session.Observed(missing: "acoustic,vision", maskFile: null);
        foreach (var p in session.WithIntervals(session.Predict(observed, samples: 1), observed, percent: 90).Take(3))
        {
            Console.WriteLine($"{p.Id}: {p.Prediction:F2}, nine times in ten from {p.Lower:F2} to {p.Upper:F2}");
        }
        // </readme>
    }
}
