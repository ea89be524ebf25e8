namespace Amodal.Cli.Commands;

/// <summary>amodal presets.</summary>
internal static class PresetsCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string?>("NAME") { Description = "The preset to print; all are listed unless given.", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<string>("--out") { Description = "Write the preset to this YAML file instead of printing it." };
        var json = SharedOptions.Json();
        var command = new Command("presets", "Lists the experiments that the program carries; prints or writes one of them." + Examples.Of(
            "amodal presets", "amodal presets fast -o my-experiment.yaml"))
        {
            name, output, json,
        };
        command.SetAction(parsed =>
        {
            var chosen = parsed.GetValue(name);
            if (parsed.GetValue(output) is { } file)
            {
                AtomicFile.WriteText(file, Presets.Text(chosen ?? throw new InputException("NAME", null, "is missing; name the preset to write, such as fast.")));
                terminal.Message($"The preset is in {file}. Next: amodal train {file} ...");
            }
            else if (parsed.GetValue(json))
            {
                terminal.Json(new { presets = (chosen is null ? Presets.Names : [chosen]).Select(Entry) });
            }
            else if (chosen is not null)
            {
                terminal.RawOut.Write(Presets.Text(chosen));
            }
            else
            {
                Print(terminal);
            }
        });
        return command;
    }

    private static (string Name, string Purpose, SamplerOptions? Sampler) Describe(string name)
    {
        var options = ExperimentFile.Preset(name);
        return (name, Presets.Purpose(name), MethodCatalogue.Of(options.Method).Outlook.Sampler(options));
    }

    private static object Entry(string name)
    {
        var (_, purpose, sampler) = Describe(name);
        return new { name, purpose, sampler = sampler is null ? null : OptionNames.Of(sampler.Kind), nfe = sampler?.Nfe };
    }

    private static void Print(Terminal terminal)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("preset", "sampler").AddColumn(new TableColumn("NFE").RightAligned()).AddColumn("what for, and what it costs");
        foreach (var (name, purpose, sampler) in Presets.Names.Select(Describe))
        {
            table.AddRow(name, sampler is null ? "" : OptionNames.Of(sampler.Kind), sampler?.Nfe.ToString(CultureInfo.InvariantCulture) ?? "", Markup.Escape(purpose));
        }

        terminal.Out.Write(table);
        terminal.Message("Train one with: amodal train NAME --data FILE -o RUN. NFE is the number of network evaluations per missing modality.");
    }
}
