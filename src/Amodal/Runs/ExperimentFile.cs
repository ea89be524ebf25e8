namespace Amodal.Runs;

/// <summary>
/// Reads an experiment: a preset, a YAML file, or a run's config.yaml. A text may name a preset under <c>base</c>, and is then that preset
/// but for what it states.
/// </summary>
public static class ExperimentFile
{
    /// <summary>Reads and checks the options of a file or a preset.</summary>
    /// <param name="path">The YAML file, or the name of one of <see cref="Presets"/>; ./NAME is the file where both are there.</param>
    /// <param name="overrides">Settings put over the file's: "backbone.width=64".</param>
    /// <param name="seed">Takes the place of the file's seed, at least 0.</param>
    /// <param name="note">Told of settings that have another key now.</param>
    /// <exception cref="InputException">Faults of the file, the overrides or the seed, all that can be found at once.</exception>
    public static ExperimentOptions Load(string path, IEnumerable<string>? overrides = null, int? seed = null, Action<string>? note = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Presets.Has(path))
        {
            return Preset(path, overrides, seed, note);
        }

        CheckSeed(seed);
        if (!Path.Exists(path))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            throw new InputException(path, null, Presets.Has(name)
                ? $"is not there. The preset comes with the program: give its name alone, {name}."
                : $"is not there, and no preset is called so. Give an experiment's YAML file, or one of {string.Join(", ", Presets.Names)}.");
        }

        return Seeded(Parse(YamlOptions.ReadText(path), path, overrides, note, []), seed);
    }

    /// <summary>Reads a preset, which the library carries: <c>ExperimentFile.Preset("fast")</c>.</summary>
    /// <param name="name">One of <see cref="Presets.Names"/>.</param>
    /// <param name="overrides">Settings put over the preset's: "backbone.width=64".</param>
    /// <param name="seed">Takes the place of the preset's seed, at least 0.</param>
    /// <param name="note">Told of settings that have another key now.</param>
    /// <exception cref="InputException">There is no such preset; or faults of the overrides or the seed.</exception>
    public static ExperimentOptions Preset(string name, IEnumerable<string>? overrides = null, int? seed = null, Action<string>? note = null)
    {
        CheckSeed(seed);
        return Seeded(Parse(Presets.Source(name), name, overrides, note, [name]), seed);
    }

    /// <summary>The configuration of a run.</summary>
    /// <exception cref="InputException">It cannot be read, or has faults.</exception>
    public static ExperimentOptions Of(RunDirectory run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Load(run.ConfigFile, []);
    }

    /// <summary>Reads a text over the preset that it names as its base.</summary>
    private static ExperimentOptions Parse(string text, string origin, IEnumerable<string>? overrides, Action<string>? note, IReadOnlyList<string> names)
    {
        var start = names.Count > 0 && overrides is not null ? Parse(text, origin, null, null, names) : null; // what is then changed: the preset itself, or the text's base
        return YamlOptions.Parse(text, origin, overrides ?? [], options => MethodCatalogue.Check(options, start), note, MethodCatalogue.Defaults, Base);

        ExperimentOptions Base(string name)
        {
            var options = names.Contains(name) ? throw new InputException(origin, "base", $"leads from '{name}' to itself; give another preset.")
                : Presets.Has(name) ? Parse(Presets.Source(name), name, null, null, [.. names, name])
                : throw new InputException(origin, "base", $"'{name}' is no preset; give one of {string.Join(", ", Presets.Names)}.");
            start ??= options;
            return options;
        }
    }

    private static ExperimentOptions Seeded(ExperimentOptions options, int? seed) => seed is null ? options : options with { Seed = seed.Value };

    private static void CheckSeed(int? seed)
    {
        if (seed < 0)
        {
            throw new InputException("seed", null, $"is {seed}; allowed is a whole number from 0 to {int.MaxValue}.");
        }
    }
}
