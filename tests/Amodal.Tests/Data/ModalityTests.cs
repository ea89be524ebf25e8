using Amodal.Data;

namespace Amodal.Tests.Data;

public class ModalityTests
{
    private static readonly Modality _a = new("a", 3, 2);
    private static readonly Modality _b = new("b", 1, 1);

    public static TheoryData<int, string> Counts => new() { { 1, "are 1" }, { 33, "are 33" } };

    [Theory, MemberData(nameof(Counts))]
    public void Modalities_of_a_file_are_between_2_and_32(int count, string fault)
    {
        Assert.Contains(fault, Modality.FaultOf(Some(count)), StringComparison.Ordinal);
        Assert.Null(Modality.FaultOf(Some(2)));
        Assert.Null(Modality.FaultOf(Some(32)));

        static Modality[] Some(int count) => [.. Enumerable.Range(0, count).Select(m => new Modality($"m{m}", 1, 1))];
    }

    [Fact]
    public void Their_names_differ_and_their_sizes_are_those_of_data()
    {
        Assert.Null(Modality.FaultOf([_a, _b]));
        Assert.Contains("names", Modality.FaultOf([_a, _a with { Width = 5 }]), StringComparison.Ordinal);
        Assert.Contains("names", Modality.FaultOf([_a, _b with { Name = "" }]), StringComparison.Ordinal);
        Modality[] odd = [_b with { Length = 0 }, _b with { Width = 0 }, _b with { Length = -1, Width = -1 }, _b with { Length = 50_000, Width = 50_000 }];
        Assert.All(odd, m => Assert.Contains("sizes", Modality.FaultOf([_a, m]), StringComparison.Ordinal));
    }
}
