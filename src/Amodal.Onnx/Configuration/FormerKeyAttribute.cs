namespace Amodal.Configuration;

/// <summary>The key that a setting had before; files that have it are read, with a note.</summary>
/// <param name="key">The key, without its group.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormerKeyAttribute(string key) : Attribute
{
    public string Key => key;
}
