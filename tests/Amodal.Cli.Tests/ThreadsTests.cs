namespace Amodal.Cli.Tests;

/// <summary>Numbers of threads are tried by their refusal: thousands would take the machine's memory.</summary>
public class ThreadsTests
{
    [Theory]
    [InlineData("demo")]
    [InlineData("train", "tiny.yaml", "--data", "data.npz", "--out", "run")]
    [InlineData("evaluate", "run")]
    [InlineData("predict", "run", "--data", "data.npz", "--out", "out.csv")]
    [InlineData("recover", "run", "--data", "data.npz", "--missing", "text", "--out", "out.npz")]
    [InlineData("profile")]
    [InlineData("bench")]
    [InlineData("bench", "--networks")]
    [InlineData("experiment", "plan")]
    [InlineData("compare", "run", "other")]
    [InlineData("figure", "run", "--observed", "text", "--out", "f")]
    public void Every_command_refuses_more_threads_than_this_machine_serves(params string[] command)
    {
        using var amodal = new Amodal();
        File.WriteAllText(amodal.File("tiny.yaml"), Amodal.TinyConfig);
        amodal.Run([.. command, "--threads", "100000"]).IsBadInput("--threads", "is 100000", "0 to 8", "0 takes one per core"); // one core, by DOTNET_PROCESSOR_COUNT
        Assert.Equal(["tiny.yaml"], Directory.GetFileSystemEntries(amodal.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void So_is_an_experiment_that_asks_for_them_and_a_negative_number()
    {
        using var amodal = new Amodal();
        File.WriteAllText(amodal.File("tiny.yaml"), Amodal.TinyConfig.Replace("threads: 1", "threads: 1000", StringComparison.Ordinal));
        amodal.Run(Amodal.TrainArguments("run")).IsBadInput("tiny.yaml", "threads", "is 1000", "0 to 8");
        amodal.Run([.. Amodal.TrainArguments("run"), "--threads", "-1"]).IsBadInput("--threads", "is -1");
        amodal.Run("bench", "--threads", "1,-2").IsBadInput("--threads", "is -2");
        Assert.False(Directory.Exists(amodal.File("run")));
    }
}
