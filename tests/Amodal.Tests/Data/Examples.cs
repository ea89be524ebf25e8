using Amodal.Data;
using Amodal.Randomness;

namespace Amodal.Tests.Data;

/// <summary>Small data sets made for tests.</summary>
internal static class Examples
{
    public static DataSet DataSet(ulong seed, int[] counts, bool lengths = true, Func<string, int, string>? id = null)
    {
        var random = new StableRandom(seed);
        Modality[] modalities = [new("text", 3, 2), new("sound of it", 1, 4), new("λ", 2, 1)];
        var splits = counts.Select((count, index) => MakeSplit(random, Amodal.Data.DataSet.SplitNames[index], count, modalities, lengths, id ?? ((split, row) => $"{split}-é{row}"))).ToList();
        return new DataSet("example", modalities, splits, DataDigest.Compute(modalities, splits));
    }

    private static Split MakeSplit(StableRandom random, string name, int count, Modality[] modalities, bool lengths, Func<string, int, string> id)
    {
        FeatureArray Features(Modality modality)
        {
            var values = new float[count * modality.RowSize];
            random.FillNormal(values);
            return new FeatureArray(modality, values, lengths ? [.. Enumerable.Range(0, count).Select(_ => random.NextInt(modality.Length + 1))] : null);
        }

        return new Split(name, [.. Enumerable.Range(0, count).Select(row => id(name, row))], [.. Enumerable.Range(0, count).Select(_ => (float)random.NextNormal())], [.. modalities.Select(Features)]);
    }
}
