namespace Amodal.Tests.Benchmarks;

/// <summary>A clock that moves when it is told to, and by a microsecond whenever it is read.</summary>
internal sealed class FakeClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public double Seconds => _ticks / (double)TimeSpan.TicksPerSecond;

    public void Advance(double seconds) => _ticks += (long)(seconds * TimeSpan.TicksPerSecond);

    public override long GetTimestamp() => _ticks += TimeSpan.TicksPerMicrosecond;
}
