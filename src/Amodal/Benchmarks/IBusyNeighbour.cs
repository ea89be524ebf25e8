namespace Amodal.Benchmarks;

/// <summary>Another process that keeps one core busy when it is told to.</summary>
public interface IBusyNeighbour : IDisposable
{
    /// <summary>Begins to work; returns when it does.</summary>
    void Work();

    /// <summary>Stops working; returns when it has.</summary>
    void Rest();
}
