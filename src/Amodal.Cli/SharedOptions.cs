using static TorchSharp.torch;

namespace Amodal.Cli;

/// <summary>Options that several commands share, and what follows from them.</summary>
internal static class SharedOptions
{
    public static Option<string> Device() => new("--device")
    {
        Description = "Where to compute: cpu, or cuda or cuda:N with a build that holds the CUDA packages.",
        DefaultValueFactory = _ => "cpu",
    };

    public static Option<int> Threads() => new("--threads")
    {
        Description = "Threads of the tensor library or, of an exported model, of ONNX Runtime; 0 takes one per core.",
    };

    public static Option<int> Seed(string description, int unlessGiven) =>
        NotNegative(new Option<int>("--seed") { Description = description, DefaultValueFactory = _ => unlessGiven });

    public static Option<int?> Seed(string description) => NotNegative(new Option<int?>("--seed") { Description = description });

    public static Option<bool> Json() => new("--json") { Description = "Print the result as one JSON document, and nothing else, on standard output." };

    public static ListOption Set(string description) => new("--set", isKeyed: true) { Description = description };

    /// <summary>The option that older command lines have for a document that is written beside what is printed.</summary>
    public static Option<string?> JsonFile() => new(OldNames.JsonFile) { Hidden = true };

    public static Option<string> Data(bool required = true) => new("--data")
    {
        Description = "Data file: MMSA pickle (.pkl, .pkl.gz), Amodal .npz, or a folder with utterances.csv and .npy files.",
        Required = required,
    };

    public static Option<string?> Target()
    {
        var option = new Option<string?>("--target") { Description = "What the labels are, where a file has more than one kind: score or classes. A score unless the file says otherwise." };
        option.AcceptOnlyFromAmong("score", "classes");
        return option;
    }

    /// <summary>What --target says; null where it is not given.</summary>
    public static TargetSpec? TargetOf(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } kind ? new TargetSpec(kind) : null;

    public static Option<string> Sampler() => new("--sampler")
    {
        Description = $"Sampler instead of the run's own: {string.Join(", ", OptionNames.All<SamplerKind>())}.",
    };

    public static Option<int?> Nfe() => new("--nfe") { Description = "Network evaluations per missing modality instead of the run's own." };

    public static Option<double?> Guidance() => new("--guidance") { Description = "Weight of guidance instead of the run's own; 0 for none." };

    /// <summary>Seeds are what configurations take, 0 to 2^31 - 1, in every command.</summary>
    private static Option<T> NotNegative<T>(Option<T> seed)
    {
        seed.Validators.Add(result =>
        {
            if (result.Tokens is [.., var last] && int.TryParse(last.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value < 0)
            {
                result.AddError($"--seed: is {value}; give 0 to {int.MaxValue}.");
            }
        });
        return seed;
    }

    /// <summary>Checks that the device is there, and sets the number of threads.</summary>
    /// <param name="threads">As <see cref="ThreadCount.Of"/> takes it.</param>
    /// <param name="source">Where the number comes from, if not from --threads.</param>
    public static Device Prepare(string device, int threads, string source = "--threads", string? place = null)
    {
        TorchThreads.Use(ThreadCount.Of(threads, source, place));
        if (device == "cpu")
        {
            return CPU;
        }

        if (device != "cuda" && !device.StartsWith("cuda:", StringComparison.Ordinal))
        {
            throw new InputException("--device", null, $"'{device}' is not known; give cpu, cuda or cuda:N.");
        }

        if (!cuda.is_available())
        {
            throw new InputException("--device", null,
                $"'{device}' is not there: this build or machine has no CUDA. Use --device cpu, or build with -p:TorchBackend=cuda on a machine with an NVIDIA GPU (docs/develop/native.md).");
        }

        var index = 0;
        if (device.Length > 5 && (!int.TryParse(device[5..], out index) || index < 0 || index >= cuda.device_count()))
        {
            throw new InputException("--device", null, $"'{device}' is not there; this machine has cuda:0 to cuda:{cuda.device_count() - 1}.");
        }

        return new Device(TorchSharp.DeviceType.CUDA, index);
    }

    /// <summary>A method's sampler with what the command line changes; null where it samples nothing, which nothing may then change.</summary>
    public static SamplerOptions? With(this SamplerOptions? options, string? sampler, int? nfe, double? guidance, string source) => options?.With(sampler, nfe, guidance)
        ?? (sampler is null && nfe is null && guidance is null ? null : throw new InputException(source, null, "is of a method that samples nothing; leave out --sampler, --nfe, --guidance and --nfe-curve."));

    /// <summary>The run's sampler with what the command line changes.</summary>
    public static SamplerOptions With(this SamplerOptions options, string? sampler, int? nfe, double? guidance = null)
    {
        if (sampler is not null)
        {
            options = options with
            {
                Kind = OptionNames.TryParse<SamplerKind>(sampler, out var kind) ? kind : throw new InputException(
                    "--sampler", null, $"'{sampler}' is not known; give one of {string.Join(", ", OptionNames.All<SamplerKind>())}."),
            };
        }

        if (nfe is < 1 or > 100_000)
        {
            throw new InputException("--nfe", null, $"is {nfe}; give 1 to 100000.");
        }

        if (guidance is not null and not (>= 0 and <= 100))
        {
            throw new InputException("--guidance", null, string.Create(CultureInfo.InvariantCulture, $"is {guidance}; give 0 to 100."));
        }

        options = options with { Nfe = nfe ?? options.Nfe, Guidance = guidance ?? options.Guidance };
        _ = SamplingPlan.Create(options); // says so here if the budget is too small for the sampler
        return options;
    }
}
