namespace Amodal.Engines;

/// <summary>Loads exports, whatever method they are of.</summary>
public static class ExportedMethod
{
    /// <summary>Opens the folder of an export; loads no graph yet.</summary>
    /// <param name="folder">What `amodal export` made.</param>
    /// <param name="threads">Parts of a batch that are worked on side by side; for a single utterance, threads of a graph. 0 takes one per core; at most <see cref="ThreadCount.Most"/>.</param>
    /// <returns>An <see cref="OnnxMethod"/>, which samples what is missing, or an <see cref="OnnxAnswer"/>. The caller disposes of it.</returns>
    /// <exception cref="InputException">It is no export, or a graph is missing.</exception>
    public static IMethod Load(string folder, int threads = 0) => AnswerManifest.IsIn(folder) ? OnnxAnswer.Load(folder, threads) : OnnxMethod.Load(folder, threads);
}
