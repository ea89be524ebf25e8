using System.Xml.Linq;

namespace Amodal.Tests;

/// <summary>What is public says of every parameter what it takes; the compiler asks only whether there is any documentation.</summary>
public class PublicDocumentationTests
{
    [Theory]
    [InlineData("Amodal")]
    [InlineData("Amodal.Onnx")]
    public void Every_parameter_of_a_documented_public_member_is_documented(string library)
    {
        var members = XDocument.Load(Path.Combine(AppContext.BaseDirectory, library + ".xml")).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value);
        var types = System.Reflection.Assembly.Load(library).GetExportedTypes();
        var documented = 0;
        var missing = new List<string>();
        foreach (var method in types.SelectMany(t => t.GetMethods().Cast<System.Reflection.MethodBase>().Concat(t.GetConstructors()).Where(m => m.DeclaringType == t)))
        {
            var name = $"M:{method.DeclaringType!.FullName}.{method.Name.Replace(".ctor", "#ctor", StringComparison.Ordinal)}";
            var candidates = members.Where(m => m.Key == name || m.Key.StartsWith(name + "(", StringComparison.Ordinal) || m.Key.StartsWith(name + "`", StringComparison.Ordinal))
                .Select(m => m.Value.Elements("param").Select(p => p.Attribute("name")!.Value).ToHashSet()).Where(p => p.Count > 0).ToList();
            string[] parameters = [.. method.GetParameters().Select(p => p.Name!)];
            if (candidates.Count == 0 || parameters.Length == 0)
            {
                continue;
            }

            documented++;
            // Overloads are told apart by their parameters: one of them has all.
            if (!candidates.Exists(p => p.IsSupersetOf(parameters)) && candidates.Exists(p => p.Overlaps(parameters)))
            {
                missing.Add($"{name}: {string.Join(", ", parameters)}");
            }
        }

        Assert.True(documented > 20);
        Assert.Empty(missing);
    }
}
