namespace Amodal.Configuration;

/// <summary>A fault that shows only when several settings are seen together.</summary>
/// <param name="Keys">The settings at fault, as paths: "backbone.width".</param>
internal sealed record OptionFault(IReadOnlyList<string> Keys, string Problem);
