namespace Amodal.Data.Pickles;

/// <summary>What one kind of file lets its pickle name and refer to, beside what <see cref="PickledGlobal"/> allows in all of them.</summary>
internal interface IPickleAddition
{
    /// <summary>What may be read and how to export it, for messages that refuse something.</summary>
    string Advice { get; }

    /// <summary>The global of that name, <see cref="PickledFunction.Added"/>, or null if it is refused.</summary>
    PickledGlobal? Find(string module, string name);

    /// <summary>Calls one of the addition's functions.</summary>
    object? Call(PickledGlobal function, PickleSequence arguments, Func<string, InputException> fault);

    /// <summary>What a persistent id stands for.</summary>
    object? Load(object? id, Func<string, InputException> fault);
}
