using Amodal.Configuration;

namespace Amodal.Training;

/// <summary>Reads the file of an experiment, experiments/*.yaml or a run's config.yaml.</summary>
public static class ExperimentFile
{
    /// <summary>Reads and checks the options.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Settings put over the file's: "backbone.width=64".</param>
    /// <param name="seed">Takes the place of the file's seed, at least 0.</param>
    /// <exception cref="InputException">Faults of the file, the overrides or the seed, all that can be found at once.</exception>
    public static ExperimentOptions Load(string path, IEnumerable<string>? overrides = null, int? seed = null)
    {
        if (seed < 0)
        {
            throw new InputException("--seed", null, $"is {seed}; allowed is a whole number from 0 to {int.MaxValue}.");
        }

        var options = YamlOptions.Read<ExperimentOptions>(path, overrides, ExperimentRules.Check);
        return seed is null ? options : options with { Seed = seed.Value };
    }
}
