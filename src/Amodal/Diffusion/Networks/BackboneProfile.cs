namespace Amodal.Diffusion.Networks;

/// <summary>What a backbone costs.</summary>
/// <param name="Flops">Of one evaluation for one utterance, two for each multiply-add (<see cref="FlopCount"/>).</param>
/// <param name="PreparationFlops">The part of <paramref name="Flops"/> that is done once for all evaluations, and not timed.</param>
/// <param name="ParameterBytes">Bytes of the parameters; the thesis's "memory" is this number.</param>
/// <param name="PeakBytes">
/// By how much the process's resident memory rose at its peak in one evaluation of the largest batch, a measurement that
/// what the allocator kept from earlier work can lower; null where the system does not tell, and on another device than
/// the CPU.
/// </param>
internal sealed record BackboneProfile(
    BackboneOptions Options, long Parameters, long Flops, long PreparationFlops, long ParameterBytes, long? PeakBytes, IReadOnlyList<ForwardTime> Times);
