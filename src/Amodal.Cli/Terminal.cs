using System.Text.Encodings.Web;
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
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for a terminal or a file, not for a page: "text+vision" stays readable
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new NullForNaN() },
    };

    public static Terminal ForProcess()
    {
        // A pipe has no width and would be taken for 80: tables want some more, and a message is one line however long.
        var output = Create(Console.Out, Console.IsOutputRedirected ? 200 : null);
        var error = Create(Console.Error, Console.IsErrorRedirected ? short.MaxValue : null);
        return new Terminal(output, error, Console.Out);

        static IAnsiConsole Create(TextWriter writer, int? width)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
            console.Profile.Width = width ?? console.Profile.Width;
            return console;
        }
    }

    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, _json);

    public void Error(string message) => Err.MarkupLineInterpolated($"[red]error:[/] {message}");

    public void Message(string message) => Err.WriteLine(message);

    public void Notes(IEnumerable<string> notes)
    {
        foreach (var note in notes)
        {
            Message($"note: {note}");
        }
    }

    public void Json<T>(T value) => RawOut.WriteLine(ToJson(value));

    /// <summary>Runs work under progress bars with the time left.</summary>
    public T WithProgress<T>(Func<ProgressBars, T> work) => Err.Progress()
        .AutoClear(false)
        .AutoRefresh(false)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
        .Start(context => work(new ProgressBars(context)));

    /// <summary>JSON has no NaN: a metric without a value, such as accuracy when no label counts, is null.</summary>
    private sealed class NullForNaN : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
