namespace Amodal.Cli;

/// <summary>Where a command writes: results to standard output, messages and progress to standard error.</summary>
/// <param name="RawOut">Standard output without any layout, for JSON.</param>
internal sealed record Terminal(IAnsiConsole Out, IAnsiConsole Err, TextWriter RawOut)
{
    private const int OutDescriptor = 1;
    private const int ErrDescriptor = 2;
    private const long CloseOnExec = 0x80000; // O_CLOEXEC of Linux

    private const int JsonFormat = 1;

    private LastingWriter? Results { get; init; }

    /// <summary>Whether only results and errors are wanted.</summary>
    public bool IsQuiet { get; set; }

    public static Terminal ForProcess()
    {
        var (results, messages) = (Lasting(OutDescriptor, () => Console.Out), Lasting(ErrDescriptor, () => Console.Error));
        Console.SetOut(results); // Spectre asks whether it writes to the console's own writers; the parser's help goes there too
        Console.SetError(messages);
        // A pipe has no width and would be taken for 80: tables want some more, and a message is one line however long.
        var output = Create(Console.Out, Console.IsOutputRedirected ? 200 : null);
        var error = Create(Console.Error, Console.IsErrorRedirected ? short.MaxValue : null);
        return new Terminal(output, error, Console.Out) { Results = results };

        static IAnsiConsole Create(TextWriter writer, int? width)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
            console.Profile.Width = width ?? console.Profile.Width;
            return console;
        }
    }

    /// <summary>The exit code of a command that ended with another: lost results are a failure, even where the files are written.</summary>
    public int Ended(int exitCode)
    {
        RawOut.Flush();
        if (exitCode != CommandLine.Success || Results?.Failure is not { } failure)
        {
            return exitCode;
        }

        Error($"standard output: {failure}. Files that were asked for are written; send the rest elsewhere.");
        return CommandLine.BadInput;
    }

    public void Error(string message) => Err.MarkupLineInterpolated($"[red]error:[/] {message}");

    /// <summary>Says something that is neither a result nor an error; nothing where only those are wanted.</summary>
    public void Message(string message)
    {
        if (!IsQuiet)
        {
            Advice(message);
        }
    }

    /// <summary>Says what to do next, after an error.</summary>
    public void Advice(string message) => Err.WriteLine(message);

    public void Notes(IEnumerable<string> notes)
    {
        foreach (var note in notes)
        {
            Message($"note: {note}");
        }
    }

    /// <summary>Prints a record as the command's one JSON document, with a number "format" at its root.</summary>
    public void Json<T>(T value) => RawOut.WriteLine(JsonText(value));

    /// <summary>The document that <see cref="Json"/> prints.</summary>
    public static string JsonText<T>(T value) => JsonFile.ToText(JsonFormat, value);

    /// <summary>Runs work under progress bars with the time left.</summary>
    /// <param name="keep">Whether the bars stay when it is done; if not, work that showed none leaves no empty lines.</param>
    public T WithProgress<T>(Func<ProgressBars, T> work, bool keep = true) => IsQuiet ? work(new ProgressBars(null)) : Err.Progress()
        .AutoClear(!keep)
        .AutoRefresh(false)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
        .Start(context => work(new ProgressBars(context)));

    private static LastingWriter Lasting(int descriptor, Func<TextWriter> open)
    {
        try
        {
            return IsOurs(descriptor) ? new LastingWriter(open()) : new LastingWriter();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new LastingWriter();
        }
    }

    /// <summary>Whether a standard stream was open when the program began: if not, its number is by now that of something of the runtime's,
    /// which, other than a stream that a program inherits, is not to be inherited.</summary>
    private static bool IsOurs(int descriptor)
    {
        const string flags = "flags:";
        var line = OperatingSystem.IsLinux() && Directory.Exists("/proc/self/fdinfo")
            ? File.ReadLines($"/proc/self/fdinfo/{descriptor}").FirstOrDefault(l => l.StartsWith(flags, StringComparison.Ordinal)) : null;
        return line is null || (Convert.ToInt64(line[flags.Length..].Trim(), 8) & CloseOnExec) == 0;
    }
}
