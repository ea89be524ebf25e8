namespace Amodal.Training;

/// <summary>
/// Stages that were called otherwise before: runs of then are read by their old names, and what is drawn and kept by a stage's name still
/// goes by the old one, so that a training comes out the same and is found again.
/// </summary>
internal static class StageNames
{
    private static readonly (string Now, string Before)[] _renamed = [("dropout-baseline", "dropout-rival"), ("language-baseline", "language-rival")];

    /// <summary>What a stage is called now.</summary>
    public static string Now(string name) => _renamed.FirstOrDefault(r => r.Before == name).Now ?? name;

    /// <summary>What a stage was called at first.</summary>
    public static string Before(string name) => _renamed.FirstOrDefault(r => r.Now == name).Before ?? name;
}
