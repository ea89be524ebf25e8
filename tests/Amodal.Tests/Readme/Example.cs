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
        var options = ExperimentFile.Preset("demo", ["classifier.epochs=5", "score.epochs=5", "stage2.epochs=5"]); // or ExperimentFile.Load("mine.yaml")
        new Trainer(options, data, new RunDirectory("runs/first"), CPU).Train(resume: false);

        using var session = new RunSession(TrainedRun.Load("runs/first", CPU), data, "test", options.Sampler, seed: 1);
        var observed = session.Observed(missing: "acoustic,vision", maskFile: null);
        foreach (var p in session.Predict(observed, samples: 8).Take(3))
        {
            Console.WriteLine($"{p.Id}: {p.Prediction:F2}, give or take {p.Deviation:F2}");
        }
        // </readme>
    }
}
