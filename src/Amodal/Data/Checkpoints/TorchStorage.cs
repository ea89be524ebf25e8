using System.IO.Compression;
using Amodal.Data.NumPy;

namespace Amodal.Data.Checkpoints;

/// <summary>The numbers behind one or more tensors of a checkpoint: an entry of the archive whose size fits what the pickle says of it.</summary>
/// <param name="Entry">Where they are.</param>
/// <param name="Type">Type of an element.</param>
/// <param name="IsBrainFloat">Whether they are bfloat16, which NumPy does not know: the type is then that of the two bytes.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record TorchStorage(ZipArchiveEntry Entry, NumPyType Type, bool IsBrainFloat, long Count);
