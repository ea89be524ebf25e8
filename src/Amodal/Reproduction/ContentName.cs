using System.Security.Cryptography;
using System.Text;
using Amodal.Configuration;
using Amodal.Training;

namespace Amodal.Reproduction;

/// <summary>Names made of what a file or folder holds: the same content is found again, by any table.</summary>
internal static class ContentName
{
    /// <summary>A run's folder: what people look for, and a hash of data, configuration and circumstances.</summary>
    public static string OfRun(ExperimentOptions options, string dataDigest, string circumstances) => string.Join('-',
        RunMethod.Describe(options), $"seed{options.Seed}", Hash(dataDigest, YamlOptions.Write(options with { TensorBoard = true }), circumstances)); // logging changes nothing

    /// <summary>The first twelve digits of SHA-256 over the parts.</summary>
    public static string Hash(params IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..12];
}
