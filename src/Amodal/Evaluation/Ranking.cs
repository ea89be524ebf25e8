namespace Amodal.Evaluation;

/// <summary>Mean ranks of methods over videos or utterances, by a metric in one case (Demšar 2006).</summary>
/// <param name="Methods">The methods with their mean ranks, the best first.</param>
/// <param name="Blocks">Over how many videos or utterances the ranks are means.</param>
/// <param name="Friedman">The probability of mean ranks so uneven where no method is better than another.</param>
/// <param name="CriticalDifference">Mean ranks that lie further apart differ, at 5 % for all pairs together (Nemenyi).</param>
internal sealed record Ranking(string Metric, string Case, IReadOnlyList<RankedMethod> Methods, int Blocks, double Friedman, double CriticalDifference)
{
    /// <summary>Ranks methods; null for fewer than two methods or blocks.</summary>
    /// <param name="values">Of every method its values by block, lower is better; blocks in which a method has none are left out.</param>
    public static Ranking? Of(string metric, string observed, IReadOnlyList<(string Method, double[] Values)> values)
    {
        var blocks = values.Count < 2 ? [] : Enumerable.Range(0, values[0].Values.Length)
            .Where(b => values.All(v => !double.IsNaN(v.Values[b]))).Select(b => Significance.Ranks([.. values.Select(v => v.Values[b])])).ToList();
        return blocks.Count < 2 ? null : new Ranking(
            metric, observed, [.. values.Select((v, m) => new RankedMethod(v.Method, blocks.Average(b => b[m]))).OrderBy(r => r.Rank)], blocks.Count,
            Significance.Friedman(blocks), Significance.CriticalDifference(values.Count, blocks.Count));
    }

    /// <summary>The largest groups of neighbours whose ranks cannot be told apart, by their first and last place; only groups of two and more.</summary>
    [JsonIgnore]
    public IReadOnlyList<(int First, int Last)> Groups
    {
        get
        {
            var groups = new List<(int First, int Last)>();
            for (var first = 0; first < Methods.Count; first++)
            {
                var last = Enumerable.Range(first, Methods.Count - first).Last(m => Methods[m].Rank - Methods[first].Rank <= CriticalDifference);
                if (last > first && (groups.Count == 0 || last > groups[^1].Last))
                {
                    groups.Add((first, last));
                }
            }

            return groups;
        }
    }
}

/// <summary>A method and its mean rank; 1 is the best.</summary>
internal sealed record RankedMethod(string Name, double Rank);
