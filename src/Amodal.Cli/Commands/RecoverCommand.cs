namespace Amodal.Cli.Commands;

/// <summary>amodal recover.</summary>
internal static class RecoverCommand
{
    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var use = new RunUseOptions();
        var command = new Command("recover", "Recovers the latents of missing modalities, by a run that does so by diffusion: an .npz with the recovered, the aligned and the true latents, (utterance, channels, time)." + Examples.Of(
            "amodal recover runs/mosi --data mosi.pkl --missing acoustic -o recovered.npz"));
        use.AddTo(command);
        command.SetAction(parsed =>
        {
            using var session = use.Open(terminal, parsed, stop);
            var asked = session.Observed(parsed.GetValue(use.Missing), maskFile: null);
            var observed = asked[0].Modalities;
            terminal.Notes(session.Notes(asked));
            var written = terminal.WithProgress(bars =>
            {
                return session.Recover(observed, parsed.GetValue(use.Out)!, done => bars.Show("recover", done), stop);
            });
            if (parsed.GetValue(use.Json))
            {
                terminal.Json(new { arrays = written.Select(w => new { name = w.Name, shape = w.Shape }) }); // a tuple's names are not in its JSON
            }
            else
            {
                terminal.Message($"Recovered latents are in {parsed.GetValue(use.Out)}: {string.Join(", ", written.Select(w => $"{w.Name} ({string.Join(", ", w.Shape)})"))}.");
            }
        });
        return command;
    }
}
