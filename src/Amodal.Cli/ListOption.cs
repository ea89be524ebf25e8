using System.CommandLine;

namespace Amodal.Cli;

/// <summary>
/// An option that may be given several times, one value each time. More values may follow it (<c>--set a=1 b=2</c>) only where
/// they cannot be meant for anything else: <see cref="ArgumentReader"/>.
/// </summary>
internal sealed class ListOption(string name) : Option<string[]>(name);
