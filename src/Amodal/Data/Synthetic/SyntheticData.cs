namespace Amodal.Data.Synthetic;

/// <summary>Generates data sets from a <see cref="SyntheticModel"/>.</summary>
public static class SyntheticData
{
    /// <summary>Makes the data set that the options name; the same options give the same data.</summary>
    /// <param name="options">What to make.</param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="InputException">The options describe no model.</exception>
    public static DataSet Generate(SyntheticOptions options, CancellationToken stop = default)
    {
        var model = new SyntheticModel(options);
        Split[] splits = [.. SplitSizes(options.Utterances).Select((rows, index) => model.Draw(index, rows, stop))];
        return new DataSet($"generated data (seed {options.Seed})", model.Modalities, splits, DataDigest.Compute(model.Modalities, splits));
    }

    /// <summary>Rows of train, valid and test: 60 %, 15 % and the rest.</summary>
    internal static int[] SplitSizes(int utterances)
    {
        var train = (int)Math.Round(0.60 * utterances);
        var valid = (int)Math.Round(0.15 * utterances);
        return [train, valid, utterances - train - valid];
    }
}
