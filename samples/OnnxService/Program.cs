// OnnxService MODEL: on every line of input an utterance, {"id": "clip 7", "text": [[0.1, ...], ...], ...}, each modality an array
// of steps, any of them left out; on every line of output its prediction. Utterances are answered side by side.
using System.Collections.Concurrent;
using System.Text.Json;
using Amodal;
using Amodal.Engines;
using Amodal.Methods;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

using var model = ExportedMethod.Load(args[0], threads: 1); // once, for all requests, each of which has a thread of its own
var output = TextWriter.Synchronized(Console.Out);
try
{
    Parallel.ForEach(
        Partitioner.Create(Lines(), EnumerablePartitionerOptions.NoBuffering),
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop.Token },
        line => output.WriteLine(JsonSerializer.Serialize(Answer(line))));
}
catch (OperationCanceledException)
{
    return 130;
}

return 0;

object Answer(string line)
{
    try
    {
        using var request = JsonDocument.Parse(line);
        var notes = new List<string>();
        var utterance = Read(request.RootElement);
        var answer = model.Predict(utterance, note: notes.Add, stop: stop.Token);
        return new { id = answer.Id, observed = answer.Observed, prediction = answer.Prediction, notes };
    }
    catch (Exception e) when (e is InputException or JsonException or FormatException or InvalidOperationException)
    {
        return new { error = e.Message };
    }
}

static Utterance Read(JsonElement request)
{
    var utterance = new Utterance(request.TryGetProperty("id", out var id) ? id.ToString() : "");
    foreach (var array in request.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Array && p.Value.GetArrayLength() > 0))
    {
        var width = array.Value[0].GetArrayLength();
        utterance.Set(array.Name, array.Value.EnumerateArray().SelectMany(step => step.GetArrayLength() == width ? step.EnumerateArray() : throw new FormatException(
            $"the steps of '{array.Name}' differ in their number of features")).Select(number => number.GetSingle()).ToArray(), width);
    }

    return utterance;
}

static IEnumerable<string> Lines()
{
    while (Console.In.ReadLine() is { } line)
    {
        yield return line;
    }
}
