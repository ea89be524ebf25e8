using System.Reflection;
using System.Reflection.Emit;
using System.Text.RegularExpressions;
using Amodal.Engines;
using Amodal.Runs;

namespace Amodal.Tests;

/// <summary>The folders follow the data's way, and a folder uses only those before it: read from what the built assemblies refer to.</summary>
public class ArchitectureTests
{
    // What each folder may use, beside the ground (Randomness, Native, Files, Configuration, Targets) and itself.
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Native"] = [],
        ["Targets"] = [],
        ["Randomness"] = [],
        ["Files"] = [],
        ["Configuration"] = [],
        ["Data"] = [],
        ["Missingness"] = ["Data"],
        ["Latents"] = ["Data", "Missingness"],
        ["Diffusion"] = ["Missingness", "Latents"],
        ["Alignment"] = ["Latents"],
        ["Fusion"] = ["Latents"],
        ["Prediction"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion"],
        ["Methods"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Training", "Export"],
        ["Export"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction"],
        ["Engines"] = ["Data", "Missingness", "Latents", "Diffusion", "Prediction", "Methods", "Export"],
        ["Evaluation"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction"],
        ["Training"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Evaluation"],
        ["Runs"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Training", "Methods", "Export", "Engines", "Evaluation"],
        ["Experiments"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Evaluation", "Training", "Methods", "Runs"],
        ["Benchmarks"] = ["Data", "Missingness", "Latents", "Diffusion", "Alignment", "Fusion", "Prediction", "Export", "Engines", "Evaluation", "Training", "Methods", "Runs", "Experiments"],
    };

    private static readonly string[] _ground = ["Randomness", "Native", "Files", "Configuration", "Targets"];
    private static readonly string[] _withoutTorch = ["Data", "Missingness", "Randomness", "Configuration"];

    private static readonly Lazy<List<(Type From, MemberInfo To)>> _references = new(() =>
        [.. new[] { typeof(OnnxMethod), typeof(TorchMethod) }.SelectMany(t => t.Assembly.GetTypes()).SelectMany(t => References.Of(t).Distinct().Select(to => (t, to)))]);

    [Fact]
    public void Dependencies_point_one_way()
    {
        var folders = _references.Value.Select(r => FolderOf(r.From)).Distinct().ToList();
        Assert.Equal(_allowed.Keys.Order(), folders.OfType<string>().Order()); // or else nothing is shown
        Assert.Empty(_references.Value.Select(r => (r.From, Folder: FolderOf(r.From), Used: FolderOf(r.To as Type ?? r.To.DeclaringType!)))
            .Where(r => r.Folder is not null && r.Used is not null && r.Used != r.Folder && !_ground.Contains(r.Used) && !_allowed[r.Folder].Contains(r.Used))
            .Select(r => $"{r.From.FullName} uses {r.Used}").Distinct());
    }

    [Fact]
    public void What_answers_for_exported_models_knows_no_torch_no_plotting_and_no_reader_of_tables()
    {
        string[] names = [.. typeof(OnnxMethod).Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => !n.StartsWith("System.", StringComparison.Ordinal) || n.EndsWith(".Tensors", StringComparison.Ordinal))];
        Assert.Equal(["Microsoft.ML.OnnxRuntime", "System.Numerics.Tensors"], names.Order());
    }

    [Fact]
    public void Data_and_missingness_know_no_torch()
    {
        Assert.Contains(_references.Value, r => IsTorch(r.To)); // or else nothing is shown
        Assert.Empty(_references.Value.Where(r => _withoutTorch.Contains(FolderOf(r.From)) && IsTorch(r.To)).Select(r => r.From.FullName).Distinct());

        static bool IsTorch(MemberInfo member) => member.Module.Assembly.GetName().Name == "TorchSharp";
    }

    /// <summary>What is predicted is said in Targets, and in the heads of methods and their graph.</summary>
    [Fact]
    public void No_metric_no_loss_and_no_width_of_a_label_is_named_outside_targets_and_heads()
    {
        Regex named = new(@"\bL1\b|l1_loss|\bMAE\b|[Aa]cc[2357]|ACC[2357]|(?<![Uu]n)[Ss]queeze\(-?1\)|\b(Score|Class)Target\.[A-Z]\w*(?<!All|Words|OldKeys|MostClasses|Limit)\b");
        List<string> all = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Split(Path.DirectorySeparatorChar).Contains("obj"))];
        Assert.Contains(all, f => named.IsMatch(File.ReadAllText(f))); // or else nothing is shown
        Assert.Empty(all.Where(f => !IsIn(f, "Targets") && !IsIn(f, "Methods") && Path.GetFileName(f) != "FusionGraph.cs").SelectMany(f => File.ReadLines(f).Where(line => named.IsMatch(line)).Select(line => $"{f}: {line.Trim()}")));

        static bool IsIn(string file, string folder) => file.Split(Path.DirectorySeparatorChar).Contains(folder);
    }

    // Native only: how the user wants libtorch's threads to wait is said nowhere else.
    [Fact]
    public void The_library_writes_to_no_console_and_reads_no_environment() =>
        Assert.Empty(_references.Value.Where(r => (r.To as Type ?? r.To.DeclaringType) == typeof(Console)
            || (FolderOf(r.From) != "Native" && r.To.DeclaringType == typeof(Environment) && r.To.Name.StartsWith("GetEnvironmentVariable", StringComparison.Ordinal))).Select(r => r.From.FullName));

    /// <summary>The folder whose namespace a type of ours is in; null for what is in none, and for others' types.</summary>
    private static string? FolderOf(Type type) => type.Namespace?.Split('.') is ["Amodal", var folder, ..] ? folder : null;

    /// <summary>What a type refers to: in its declaration, its members' and their code. What the compiler copies, constants and the like, is not seen.</summary>
    private static class References
    {
        private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

        private static readonly Dictionary<short, OpCode> _codes =
            typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(code => code.Value);

        public static IEnumerable<MemberInfo> Of(Type type) =>
            [
                .. Parts(type.BaseType),
                .. type.GetInterfaces().SelectMany(Parts),
                .. type.GetFields(Own).SelectMany(f => Parts(f.FieldType)),
                .. type.GetMethods(Own).SelectMany(m => Parts(m.ReturnType)),
                .. type.GetMethods(Own).Concat<MethodBase>(type.GetConstructors(Own)).SelectMany(m => m.GetParameters().SelectMany(p => Parts(p.ParameterType)).Concat(OfCode(m))),
            ];

        private static IEnumerable<MemberInfo> OfCode(MethodBase method)
        {
            var body = method.GetMethodBody();
            foreach (var local in body?.LocalVariables ?? [])
            {
                foreach (var part in Parts(local.LocalType))
                {
                    yield return part;
                }
            }

            var code = body?.GetILAsByteArray() ?? [];
            for (var at = 0; at < code.Length;)
            {
                var opcode = _codes[code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at]];
                at += opcode.Size;
                if (opcode.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineType or OperandType.InlineTok)
                {
                    var member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), Arguments(method.DeclaringType), method is MethodInfo { IsGenericMethod: true } ? method.GetGenericArguments() : null)!;
                    yield return member;
                    foreach (var part in Parts(member as Type ?? member.DeclaringType).Concat(member is MethodInfo { IsGenericMethod: true } made ? made.GetGenericArguments().SelectMany(Parts) : []))
                    {
                        yield return part;
                    }
                }

                at += opcode.OperandType switch
                {
                    OperandType.InlineNone => 0,
                    OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                    OperandType.InlineVar => 2,
                    OperandType.InlineI8 or OperandType.InlineR => 8,
                    OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                    _ => 4,
                };
            }
        }

        private static Type[]? Arguments(Type? type) => type is { IsGenericType: true } ? type.GetGenericArguments() : null;

        /// <summary>A type, and the types that it is made of.</summary>
        private static IEnumerable<Type> Parts(Type? type) => type is null ? []
            : type.HasElementType ? Parts(type.GetElementType())
            : [type, .. type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : []];
    }
}
