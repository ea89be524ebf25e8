namespace Amodal.Evaluation;

/// <summary>What intervals and paired tests are drawn over, in the words that every table and report uses.</summary>
/// <param name="Utterances">Utterances behind every row.</param>
/// <param name="Videos">Videos that are drawn whole; null where none are known, and 1 where all are of one: utterances are then drawn singly.</param>
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
            // That ids name no videos is said by the data themselves.
            if (Utterances == 1)
            {
                yield return "Of one utterance no interval can be drawn, and nothing be told from chance.";
            }
            else if (Videos == 1)
            {
                yield return "All utterances are of one video, as far as their ids tell. The intervals are drawn over its utterances, and are too narrow.";
            }
            else if (Videos < Few)
            {
                yield return $"The intervals are drawn over only {Number(Videos.Value)} videos. They are rough, and rather too narrow.";
            }

            if (TrainingSeeds > 1)
            {
                yield return $"Values are means over {TrainingSeeds} trainings with different seeds. Intervals draw trainings and "
                    + $"{(Videos is > 1 ? "videos" : "utterances")} anew, so they hold the chance of both.";
            }
        }
    }

    private string Units => Videos switch
    {
        null => Utterances == 1 ? "1 utterance" : $"{Number(Utterances)} utterances",
        1 => $"{Number(Utterances)} utterances of one video",
        { } videos => $"{Number(videos)} videos, {Number(Utterances)} utterances",
    };

    /// <summary>What is drawn for the utterances of some splits, one after the other.</summary>
    /// <returns>The words, and the video of each utterance; null where utterances are drawn singly.</returns>
    internal static (IntervalUnits Units, IReadOnlyList<string>? Groups) Of(IEnumerable<(DataSet Data, Split Split)> splits, int trainingSeeds = 1)
    {
        List<string> videos = [];
        foreach (var (data, split) in splits)
        {
            videos.AddRange(split.Ids.Select(VideoGroups.Of(data)));
        }

        var count = videos.Distinct().Count();
        var areKnown = count < videos.Count;
        return (new IntervalUnits(videos.Count, areKnown ? count : null, trainingSeeds), areKnown && count > 1 ? videos : null);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
