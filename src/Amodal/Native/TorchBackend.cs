using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Amodal.Native;

/// <summary>
/// Makes TorchSharp's native library load on systems whose C++ runtime is older than GCC 13
/// (Debian 12, Ubuntu 22.04, RHEL 9). See docs/develop/native.md.
/// </summary>
public static class TorchBackend
{
    private const string LibraryName = "LibTorchSharp";
    private const string FileName = "libLibTorchSharp.so";
    private static readonly Lazy<nint> _patchedHandle = new(LoadPatched);

    /// <summary>
    /// Prepares the native backend; does nothing where it loads as shipped. It runs by itself before the first use of
    /// any Amodal type; a program that uses TorchSharp before Amodal calls it at its start.
    /// </summary>
    public static void EnsureLoadable() => RuntimeHelpers.RunModuleConstructor(typeof(TorchBackend).Module.ModuleHandle);

#pragma warning disable CA2255 // a library has no other moment that comes before every use of TorchSharp
    [ModuleInitializer]
    internal static void Initialize()
#pragma warning restore CA2255
    {
        if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            // Raised only after the runtime's own search has failed, so a library that loads as shipped is never replaced.
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
        }
    }

    private static nint Resolve(Assembly assembly, string name) =>
        name == LibraryName && assembly.GetName().Name == "TorchSharp" ? _patchedHandle.Value : 0;

    private static nint LoadPatched()
    {
        if (SearchDirectories().Select(d => Path.Combine(d, FileName)).FirstOrDefault(File.Exists) is not { } original
            || !FailsOnlyForItsSymbolVersion(original))
        {
            return 0;
        }

        var image = File.ReadAllBytes(original);
        SymbolVersionPatch.Apply(image);
        PreloadDependencies(Path.GetDirectoryName(original)!);
        return LoadFromCache(image, NativeLibrary.Load) ?? LoadFromTemporary(image, NativeLibrary.Load);
    }

    private static bool FailsOnlyForItsSymbolVersion(string path)
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(path));
            return false;
        }
        catch (DllNotFoundException e)
        {
            return e.Message.Contains(SymbolVersionPatch.Version, StringComparison.Ordinal);
        }
    }

    /// <summary>The patched copy lies in another folder than libtorch, so libtorch must be in the process before it.</summary>
    private static void PreloadDependencies(string directory)
    {
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" })
        {
            foreach (var candidate in SearchDirectories().Prepend(directory).Select(d => Path.Combine(d, name)))
            {
                if (File.Exists(candidate) && NativeLibrary.TryLoad(candidate, out _))
                {
                    break;
                }
            }
        }
    }

    private static IEnumerable<string> SearchDirectories()
    {
        var fromHost = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return fromHost.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"));
    }

    /// <summary>From the user's own data, where the copy stays for the next start; null where nothing can be written, or loaded.</summary>
    internal static nint? LoadFromCache(byte[] image, Func<string, nint> load)
    {
        // Not verified: a fresh home has no ~/.local/share yet, and it is made here.
        var root = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (root.Length == 0)
        {
            return null; // no home at all
        }

        try
        {
            var name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(image))[..16];
            return load(WriteOnce(Path.Combine(root, "amodal", "native", name), image));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException) // the last where homes are mounted noexec
        {
            return null;
        }
    }

    /// <summary>From a new folder that only this user may enter: a known name in a folder of all could be another's trap.</summary>
    internal static nint LoadFromTemporary(byte[] image, Func<string, nint> load)
    {
        DirectoryInfo folder;
        try
        {
            folder = Directory.CreateTempSubdirectory("amodal-native-");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"no folder can be written for the patched copy of {FileName}; see docs/develop/native.md", e);
        }

        try
        {
            return load(WriteOnce(folder.FullName, image));
        }
        catch (DllNotFoundException e)
        {
            throw new IOException(
                $"the patched copy of {FileName} can be loaded neither from the user's data nor from {folder.FullName}; if these lie where no program may run " +
                "(mounted noexec), let XDG_DATA_HOME or TMPDIR name a folder where one may. See docs/develop/native.md", e);
        }
        finally
        {
            folder.Delete(recursive: true); // what is loaded stays loaded
        }
    }

    internal static string WriteOnce(string directory, byte[] image)
    {
        var target = Path.Combine(directory, FileName);
        // The content is compared, not trusted: whoever can write to the cache must not choose what we load.
        if (File.Exists(target) && File.ReadAllBytes(target).AsSpan().SequenceEqual(image))
        {
            return target;
        }

        Directory.CreateDirectory(directory);
        // Of no other process: in two containers that share a home, two processes may have one id.
        var temporary = Path.Combine(directory, $".{Guid.NewGuid():N}.tmp");
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(image);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return target;
    }
}
