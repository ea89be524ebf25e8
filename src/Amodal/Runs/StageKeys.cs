using System.Security.Cryptography;

namespace Amodal.Runs;

/// <summary>
/// A key per stage over everything that decides its result but data, device and threads. Stages with equal keys come out the
/// same, whoever trains them: from that follows which ones a run takes over from another, and what a table trains once.
/// </summary>
internal static class StageKeys
{
    /// <summary>The stages that take nothing away, at whatever rate the others do.</summary>
    private static readonly string[] _ofCompleteData = [MethodTraining.BaselineStages[0], MethodTraining.BaselineStages[2]];

    /// <summary>The key of every stage of an experiment, in the order in which they are trained.</summary>
    public static IReadOnlyDictionary<string, string> Of(ExperimentOptions options)
    {
        var keys = new Dictionary<string, string>();
        foreach (var stage in MethodTraining.BaselineSettings(options).Concat(MethodCatalogue.Of(options.Method).Stages(options)))
        {
            object[] parts =
            [
                StageNames.Before(stage.Name), stage.After is { } before ? keys[before] : options.Seed, .. stage.Settings,
                .. options.MissingRate > 0 && !_ofCompleteData.Contains(stage.Name) ? [options.MissingRate] : Array.Empty<object>(),
            ];
            keys[stage.Name] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts.Select(JsonFile.ToLine)))));
        }

        return keys;
    }

    /// <summary>The stages of two experiments that come out the same on the same data, device and threads, in order.</summary>
    public static IReadOnlyList<string> Shared(ExperimentOptions a, ExperimentOptions b)
    {
        var others = Of(b);
        return [.. Of(a).Where(stage => others.GetValueOrDefault(stage.Key) == stage.Value).Select(stage => stage.Key)];
    }
}
