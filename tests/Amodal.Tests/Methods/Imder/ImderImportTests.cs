using Amodal.Methods.Imder;
using Amodal.Tests.Data;
using Amodal.Tests.Data.Checkpoints;
using Amodal.Training;

namespace Amodal.Tests.Methods.Imder;

/// <summary>Checkpoints that are not a whole IMDer: each fault is named, and no run is made.</summary>
public sealed class ImderImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_without_score_networks_and_decoders_lacks_them()
    {
        // The golden imder_sd.pth is a published network without them.
        var message = Refused(Repository.Shared("golden", "imder_sd.pth"));
        Assert.Contains("missing: rec_a.0.bias, rec_a.0.weight", message, StringComparison.Ordinal);
        // 3 x 164 of decoders less none, 3 x 255 of score networks without the two buffers of their 8 transformers... counted from the parts:
        Assert.Contains($"and {(3 * 166) + (3 * (272 - 16)) - 8} more", message, StringComparison.Ordinal);
        Assert.DoesNotContain("not of IMDer", message, StringComparison.Ordinal);
        Assert.DoesNotContain("of another shape", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Superfluous_misshapen_and_infinite_tensors_are_named()
    {
        var file = new TorchFile()
            .Add("Model.proj1.weight", [2], [1, 2]).Add("Model.proj1.bias", [192], [.. Enumerable.Repeat(float.NaN, 192)]).Add("Model.head.weight", [1], [1])
            .Add("Model.trans_l_mem.version", [1], [2]).Add("Model.text_model.x", [1], [1]);
        var message = Refused(_folder.Write("model.pth", file.Done()));
        Assert.Contains("not of IMDer: head.weight;", message, StringComparison.Ordinal);
        Assert.Contains("of another shape: proj1.weight (2) instead of (192, 192);", message, StringComparison.Ordinal);
        Assert.Contains("not finite: proj1.bias.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("version", message, StringComparison.Ordinal);
        Assert.DoesNotContain("text_model", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_width_is_believed_only_with_the_weights_that_it_takes()
    {
        // A network of 1024 channels would take gigabytes; the file has none of its weights.
        var file = new TorchFile().Add("proj_l.weight", [1024, 1, 3], new float[3072]).Add("trans_l_with_a.layers.4000000.fc1.bias", [1], [1]);
        Assert.Contains("proj_l.weight (1024, 1, 3) instead of (32, 1, 3)", Refused(_folder.Write("model.pth", file.Done())), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_file_does_not_tell_is_checked()
    {
        var file = _folder.Write("model.pth", new TorchFile().Add("proj_l.weight", [32, 4, 3], new float[384]).Done());
        Assert.Contains("heads: is 5", Refused(file, new ImderImportOptions { Heads = 5 }), StringComparison.Ordinal);
        Assert.Contains("length: is 2", Refused(file, new ImderImportOptions { Length = 2 }), StringComparison.Ordinal);
        Assert.Contains("modalities", Refused(file, new ImderImportOptions { Modalities = ["a", "A", "b"] }), StringComparison.Ordinal);
        using var tiny = new Training.TinyRun(Training.TinyRun.TinyOptions, Training.TinyRun.Even);
        var run = new RunDirectory(Path.Combine(_folder.Name, "run"));
        var message = Assert.Throws<InputException>(() => ImderImport.Import(file, run, tiny.Data, new ImderImportOptions())).Message;
        Assert.Contains("text (3 wide), sound (3 wide), face (3 wide), but the checkpoint takes language (4 wide)", message, StringComparison.Ordinal);
    }

    private string Refused(string file, ImderImportOptions? options = null)
    {
        var run = new RunDirectory(Path.Combine(_folder.Name, "run"));
        var message = Assert.Throws<InputException>(() => ImderImport.Import(file, run, data: null, options ?? new ImderImportOptions())).Message;
        Assert.False(Directory.Exists(run.Path));
        return message;
    }
}
