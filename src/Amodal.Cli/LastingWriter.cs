using System.Text;

namespace Amodal.Cli;

/// <summary>
/// A standard stream whose failure does not end the work: a full disk, a closed terminal. What cannot be written is dropped from then on; the
/// program says so at its end where results were lost, and keeps silent where only messages were.
/// </summary>
internal sealed class LastingWriter : TextWriter
{
    private readonly TextWriter _inner;

    public LastingWriter(TextWriter inner) => _inner = inner;

    /// <summary>One that was closed before the program began.</summary>
    public LastingWriter()
        : this(Null) => Failure = "is closed";

    /// <summary>Why something was not written; null while all was.</summary>
    public string? Failure { get; private set; }

    public override Encoding Encoding => _inner.Encoding;

    public override void Write(char value) => Try(() => _inner.Write(value));

    public override void Write(string? value) => Try(() => _inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => _inner.Write(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Flush() => Try(_inner.Flush);

    private void Try(Action write)
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Failure = $"cannot be written: {e.Message}";
        }
    }
}
