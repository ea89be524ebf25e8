using System.Text.Json;

namespace Amodal.Cli.Tests;

public class LabTrainingTests
{
    [Fact]
    public void It_trains_once_and_tells_what_a_peer_would_take()
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs a shell");
        using var amodal = new Amodal(Amodal.Laboratory);
        amodal.WriteData();
        File.WriteAllText(amodal.File("peer.sh"), """
            echo '{"protocol": 1, "name": "rival", "mostMissing": 2, "training": {"batch": 32, "patience": 20, "utterances": 1284}}'
            while read word rest; do case $word in train) echo seconds 500;; threads) echo ok;; esac; done
            """);
        string[] command = ["training", "tiny.yaml", "--data", "data.npz", "--peer", "/bin/sh peer.sh", "--rates", "0.3", "--best-epochs", "1"];
        using var document = JsonDocument.Parse(amodal.Succeed([.. command, "--out", "kept", "--json"]).Output);
        var root = document.RootElement;
        Assert.Equal(5, root.GetProperty("stages").GetArrayLength());
        var time = root.GetProperty("peers")[0].GetProperty("times")[0];
        // Of 120 utterances 72 are for training: 3 batches, of which the published table makes none miss anything.
        Assert.Equal(21 * 3 * 500, time.GetProperty("seconds").GetDouble(), 1e-6);
        Assert.Equal(time.GetProperty("seconds").GetDouble() / root.GetProperty("seconds").GetDouble(), time.GetProperty("timesOurs").GetDouble(), 1e-6);
        Assert.True(File.Exists(Path.Combine(amodal.File("kept"), "recovery.safetensors")));

        var table = amodal.Succeed(command);
        Assert.Contains("a baseline, not counted", table.Output, StringComparison.Ordinal);
        Assert.Contains("rival, extrapolated", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_options_are_named()
    {
        using var amodal = new Amodal(Amodal.Laboratory);
        amodal.WriteData();
        amodal.Run("training", "tiny.yaml", "--data", "data.npz", "--rates", "0.9").IsBadInput("--rates", "0.1 to 0.7");
        amodal.Run("training", "tiny.yaml", "--data", "data.npz", "--rates", "many").IsBadInput("--rates", "many");
        amodal.Run("training", "tiny.yaml", "--data", "data.npz", "--best-epochs", "1.5").IsBadInput("--best-epochs", "whole");
    }
}
