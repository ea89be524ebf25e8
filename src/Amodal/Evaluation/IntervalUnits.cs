using System.Globalization;
using System.Text.Json.Serialization;
using Amodal.Data;

namespace Amodal.Evaluation;

/// <summary>What intervals and paired tests are drawn over, in the words that every table and report uses.</summary>
/// <param name="Utterances">Utterances behind every row.</param>
/// <param name="Videos">Videos that are drawn whole; null where none are known, or all are of one, and utterances are drawn singly.</param>
/// <param name="TrainingSeeds">Trainings of one experiment that are drawn too; 1 for none.</param>
public sealed record IntervalUnits(int Utterances, int? Videos, int TrainingSeeds = 1)
{
    // With fewer groups than this, intervals by groups are known to be too narrow (Cameron and Miller 2015).
    private const int Few = 20;

    /// <summary>"95 % intervals over 83 videos, 686 utterances".</summary>
    [JsonIgnore]
    public string Text => $"95 % intervals over {(TrainingSeeds > 1 ? $"{TrainingSeeds} training seeds and " : "")}{Units}";

    /// <summary>What to know of them beside <see cref="Text"/>, in sentences.</summary>
    [JsonIgnore]
    public IEnumerable<string> Notes
    {
        get
        {
            if (Videos is null)
            {
                yield return "The ids do not tell which utterances are of one video, so intervals are drawn over single utterances. "
                    + "If utterances share a video or a speaker, the intervals are too narrow.";
            }
            else if (Videos < Few)
            {
                yield return $"The intervals are drawn over only {Number(Videos.Value)} videos. They are rough, and rather too narrow.";
            }

            if (TrainingSeeds > 1)
            {
                yield return $"Values are means over {TrainingSeeds} trainings with different seeds. Intervals draw trainings and "
                    + $"{(Videos is null ? "utterances" : "videos")} anew, so they hold the chance of both.";
            }
        }
    }

    private string Units => Videos is { } videos ? $"{Number(videos)} videos, {Number(Utterances)} utterances" : $"{Number(Utterances)} utterances";

    /// <summary>What is drawn for the utterances of some splits, one after the other.</summary>
    /// <param name="splits">The splits, with the data that they are of.</param>
    /// <param name="trainingSeeds">Trainings that are drawn too.</param>
    /// <returns>The words, and the video of each utterance; null where utterances are drawn singly.</returns>
    internal static (IntervalUnits Units, IReadOnlyList<string>? Groups) Of(IEnumerable<(DataSet Data, Split Split)> splits, int trainingSeeds = 1)
    {
        List<string> videos = [];
        foreach (var (data, split) in splits)
        {
            videos.AddRange(split.Ids.Select(VideoGroups.Of(data)));
        }

        var count = videos.Distinct().Count();
        var areKnown = count > 1 && count < videos.Count;
        return (new IntervalUnits(videos.Count, areKnown ? count : null, trainingSeeds), areKnown ? videos : null);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
