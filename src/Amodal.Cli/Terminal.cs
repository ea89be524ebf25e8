using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Amodal.Cli;

/// <summary>Where a command writes: results to standard output, messages and progress to standard error.</summary>
/// <param name="Out">Results.</param>
/// <param name="Err">Messages, errors and progress.</param>
/// <param name="RawOut">Standard output without any layout, for JSON.</param>
internal sealed record Terminal(IAnsiConsole Out, IAnsiConsole Err, TextWriter RawOut)
{
    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a correlation with a constant is NaN
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Terminal ForProcess()
    {
        var (output, error) = (Create(Console.Out), Create(Console.Error));
        if (Console.IsOutputRedirected)
        {
            output.Profile.Width = 200; // a pipe has no width: do not break tables at 80
        }

        return new Terminal(output, error, Console.Out);

        static IAnsiConsole Create(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
    }

    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, _json);

    public void Error(string message) => Err.MarkupLineInterpolated($"[red]error:[/] {message}");

    public void Message(string message) => Err.WriteLine(message);

    public void Json<T>(T value) => RawOut.WriteLine(ToJson(value));

    /// <summary>Runs work under progress bars with the time left.</summary>
    public T WithProgress<T>(Func<ProgressBars, T> work) => Err.Progress()
        .AutoClear(false)
        .AutoRefresh(false)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
        .Start(context => work(new ProgressBars(context)));
}
