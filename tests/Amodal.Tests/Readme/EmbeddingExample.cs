// <readme>
using Amodal.Engines;
using Amodal.Methods;
// </readme>

namespace Amodal.Tests.Readme;

/// <summary>The example of docs/guide/embedding.md, between its marks; ReadmeTests holds the two together. SampleTests run a program like it.</summary>
internal static class EmbeddingExample
{
    public static void Run(CancellationToken cancellation)
    {
        // <readme>
        using var model = ExportedMethod.Load("models/mosi");

        var utterance = new Utterance("clip 7")
        {
            ["text"] = new float[50, 768],       // (steps, width), raw features as in training
            ["vision"] = new float[12, 35],      // audio is left out: it is missing
        };
        UtterancePrediction answer = model.Predict(utterance, stop: cancellation);
        Console.WriteLine($"{answer.Prediction} from {answer.Observed}");   // ... from text+vision
        // </readme>
    }
}
