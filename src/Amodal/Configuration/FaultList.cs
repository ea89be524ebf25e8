namespace Amodal.Configuration;

/// <summary>Collects the faults of one configuration, so that all are told in one message.</summary>
internal sealed class FaultList(string origin)
{
    private readonly List<(string? Place, string Problem)> _faults = [];
    private readonly HashSet<string> _keys = [];

    /// <summary>Adds a fault of a key, at a place.</summary>
    public void Add(string key, string place, string problem)
    {
        _keys.Add(key);
        _faults.Add((place, problem));
    }

    /// <summary>Adds a fault that belongs to no key.</summary>
    public void Add(string? place, string problem) => _faults.Add((place, problem));

    /// <summary>Whether any fault was told of that key.</summary>
    public bool Names(string key) => _keys.Contains(key);

    public void ThrowIfAny(Exception? inner = null)
    {
        if (_faults.Count == 1)
        {
            throw new InputException(origin, _faults[0].Place, _faults[0].Problem, inner);
        }

        if (_faults.Count > 1)
        {
            var lines = _faults.Select(f => f.Place is null ? $"\n  {f.Problem}" : $"\n  {f.Place}: {f.Problem}");
            throw new InputException(origin, null, $"{_faults.Count} faults:{string.Concat(lines)}", inner);
        }
    }
}
