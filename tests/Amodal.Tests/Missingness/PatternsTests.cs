using Amodal.Missingness;

namespace Amodal.Tests.Missingness;

public class PatternsTests
{
    [Fact]
    public void Three_modalities_have_seven_in_order_of_size_and_members()
    {
        string[] names = ["l", "a", "v"];
        Assert.Equal(["l", "a", "v", "l+a", "l+v", "a+v", "l+a+v"], Patterns.All(3).Select(p => p.Describe(names)));
        Assert.Equal(["l", "a", "v", "l+a", "l+v", "a+v"], Patterns.Incomplete(3).Select(p => p.Describe(names)));
    }

    [Fact]
    public void Members_decide_among_sets_of_one_size()
    {
        string[] names = ["0", "1", "2", "3"];
        Assert.Equal(["0+1", "0+2", "0+3", "1+2", "1+3", "2+3"], Patterns.All(4).Where(p => p.Count == 2).Select(p => p.Describe(names)));
    }

    [Fact]
    public void A_name_that_holds_a_plus_is_told_from_two_modalities()
    {
        string[] names = ["a+b", "a", "b"];
        var all = Patterns.All(3).Select(p => p.Describe(names)).ToList();
        Assert.Equal(["(a+b)", "a", "b", "(a+b)+a", "(a+b)+b", "a+b", "(a+b)+a+b"], all);
        Assert.Equal(7, all.Distinct().Count());
    }

    [Theory, InlineData(1), InlineData(2), InlineData(10)]
    public void Every_non_empty_subset_is_there_once(int modalities)
    {
        var all = Patterns.All(modalities);
        Assert.Equal((1 << modalities) - 1, all.Distinct().Count());
        Assert.All(all, p => Assert.False(p.IsEmpty));
        Assert.Equal(ModalitySet.All(modalities), all[^1]);
    }

    [Fact]
    public void More_than_ten_modalities_are_refused() =>
        Assert.Contains("at most 10", Assert.Throws<InputException>(() => Patterns.All(11)).Message);
}
