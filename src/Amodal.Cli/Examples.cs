namespace Amodal.Cli;

/// <summary>The example that ends every command's description.</summary>
internal static class Examples
{
    public static string Of(params string[] lines) =>
        Environment.NewLine + Environment.NewLine + string.Join(Environment.NewLine, lines.Select(line => "Example: " + line));
}
