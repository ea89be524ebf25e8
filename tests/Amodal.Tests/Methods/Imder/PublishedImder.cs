using Amodal.Data;
using Amodal.Data.NumPy;
using Amodal.Methods.Imder;
using Amodal.Tests.Data;
using Amodal.Tests.Data.Checkpoints;
using Amodal.Training;

namespace Amodal.Tests.Methods.Imder;

/// <summary>
/// A whole checkpoint of the published IMDer, put together of the golden parts and imported: its three score networks are
/// scorenet_sd, its three decoders rec_l_sd, and the data the recorded inputs.
/// </summary>
public sealed class PublishedImder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PublishedImder()
    {
        var inputs = Golden.Read("imder.npz");
        var file = new TorchFile();
        foreach (var (name, x) in State("imder.npz", ""))
        {
            file.Add(name, [.. x.Shape.Select(n => (long)n)], x.ToFloats());
        }

        foreach (var (part, npz) in new[] { ("score", "scorenet.npz"), ("rec", "rec_l.npz") })
        {
            foreach (var (name, x) in "lav".SelectMany(letter => State(npz, $"{part}_{letter}.")))
            {
                file.Add(name, [.. x.Shape.Select(n => (long)n)], x.ToFloats());
            }
        }

        file.Add("text_model.model.embeddings.weight", [2, 3], new float[6]);
        var checkpoint = _folder.Write("imder.pth", file.Done());
        Modality[] modalities = [new("text", 50, 768), new("audio", 50, 74), new("vision", 50, 35)];
        // Four utterances were recorded; the test split, which is recovered and evaluated, has the first two.
        var splits = DataSet.SplitNames.Select(split => (Name: split, Rows: split == "test" ? 2 : 4)).Select(split => new Split(
            split.Name, [.. Enumerable.Range(0, split.Rows).Select(i => $"{split.Name}-{i}")], [.. new float[] { 1, -1, 2, 0 }[..split.Rows]],
            [.. modalities.Select(m => new FeatureArray(m, inputs[$"in.{m.Name}"].ToFloats()[..(split.Rows * m.RowSize)]))])).ToList();
        DataFile = Path.Combine(_folder.Name, "data.npz");
        NpzWriter.Write(DataFile, new DataSet("golden", modalities, splits, DataDigest.Compute(modalities, splits)));
        Run = Path.Combine(_folder.Name, "run");
        Manifest = ImderImport.Import(checkpoint, new RunDirectory(Run), Amodal.Data.DataFile.Read(DataFile), new ImderImportOptions());
    }

    public string Run { get; }

    public string DataFile { get; }

    public RunManifest Manifest { get; }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(string Name, NumPyArray Values)> State(string npz, string prefix) =>
        Golden.Read(npz).Where(a => a.Key.StartsWith("sd.", StringComparison.Ordinal)).Select(a => (prefix + a.Key[3..], a.Value));
}
