using Amodal.Bench;
using Amodal.Benchmarks;
using Amodal.Tests.Data;

namespace Amodal.Tests.Benchmarks;

/// <summary>The protocol, against peers that are a few lines of shell.</summary>
public class PeerSubjectTests
{
    private const string Greeting = """echo '{"protocol": 1, "name": "fake", "mostMissing": 2, "nfe": 100, "details": "sh"}'""";

    [Fact]
    public void It_says_who_it_is_and_times_itself()
    {
        using var peer = Peer(Greeting, """while read word batch missing; do case $word in run) echo "seconds $batch.$missing";; threads) echo ok;; esac; done""");
        Assert.Equal(new PeerGreeting(1, "fake", 2, 100, "sh"), peer.Greeting);
        Assert.Equal(("fake", "peer", 2, 100, false), (peer.Name, peer.Engine, peer.MostMissing, peer.Nfe, peer.HasPath));
        peer.UseThreads(2);
        Assert.Equal(32.1, peer.Measure(BenchTask.Recovery, 32, 1, TimeProvider.System, default));
        Assert.Equal(1.2, peer.Measure(BenchTask.Recovery, 1, 2, TimeProvider.System, default));
    }

    [Fact]
    public void Its_memory_is_not_ours()
    {
        using var peer = Peer(Greeting, """while read word batch missing; do case $word in run) echo "seconds 1";; threads) echo ok;; esac; done""");
        var row = RecoveryBench.Measure([peer], new BenchOptions { Batches = [1], Missing = [1], Threads = [1], Repeats = 1, GemmSize = 8 }).Rows.Single();
        Assert.Equal(1, row.Seconds!.Median);
        Assert.Null(row.PeakGrowthBytes);
    }

    [Theory]
    [InlineData("echo hello", "began with 'hello'")]
    [InlineData("""echo '{"protocol": 2, "name": "fake", "mostMissing": 2}'""", "of protocol 1")]
    [InlineData("""echo '{"protocol": 1, "name": "fake"}'""", "mostMissing")]
    [InlineData("echo no torch here >&2", "has ended; it last said: no torch here")]
    public void One_that_does_not_greet_is_refused(string script, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => Peer(script)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("read line; echo error out of memory", "answered 'error out of memory'")]
    [InlineData("read line; echo seconds soon", "answered 'seconds soon'")]
    [InlineData("read line; echo seconds -1", "answered 'seconds -1'")]
    [InlineData("read line", "has ended")]
    public void A_wrong_answer_is_shown(string script, string problem)
    {
        using var peer = Peer(Greeting, script);
        Assert.Contains(problem, Assert.Throws<InputException>(() => peer.Recover(1, 1, default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_ends_the_wait()
    {
        using var stop = new CancellationTokenSource();
        using var peer = Peer(Greeting, "read line; sleep 1000");
        stop.CancelAfter(TimeSpan.FromMilliseconds(20));
        _ = Assert.Throws<OperationCanceledException>(() => peer.Recover(1, 1, stop.Token));
    }

    [Fact]
    public void A_command_that_is_not_there_is_named() =>
        Assert.Contains("no-such-program", Assert.Throws<InputException>(() => new PeerSubject(["no-such-program"])).Message, StringComparison.Ordinal);

    [Fact]
    public void The_peer_script_runs_a_checkouts_network_and_sampler()
    {
        var python = Python();
        using var folder = new TemporaryFolder();
        // A torch of its own and a checkout, both as small as can be: the script's part is what is tested.
        folder.Write("lib/torch.py", """
            __version__ = "0.0"
            class Box:
                def __init__(self, *shape): self.shape = shape
            def randn(*shape): return Box(*shape)
            def ones(*shape): return Box(*shape)
            def mm(a, b): return a
            def set_num_threads(n): print("threads", n)
            def manual_seed(n): pass
            """);
        folder.Write("checkout/trains/__init__.py", "raise ImportError('wants transformers')");
        folder.Write("checkout/trains/singleTask/model/scoremodel.py", """
            print("noise that must not reach the protocol")
            num_steps = 7
            class ScoreNet:
                def __init__(self, std): pass
                def eval(self): return self
            def Euler_Maruyama_sampler(network, std, diffusion, batch, device, condition):
                assert device == "cpu" and condition.shape == (batch, 32, 48)
                return condition
            """);
        using var peer = PublishedPeer(python, folder);
        Assert.Equal(("IMDer (published)", 2, 7), (peer.Name, peer.MostMissing, peer.Nfe));
        peer.UseThreads(2);
        Assert.True(peer.Measure(BenchTask.Recovery, 4, 2, TimeProvider.System, default) > 0);
    }

    [Fact]
    public void The_peer_script_takes_a_training_step_of_a_checkouts_model_on_the_processor()
    {
        var python = Python();
        using var folder = new TemporaryFolder();
        // As above. The model counts what was done to it, and its loss is a number that knows backward.
        folder.Write("lib/torch.py", """
            import types
            __version__ = "0.0"
            class Box:
                def __init__(self, *shape): self.shape = shape
            randn = ones = Box
            def mm(a, b): return a
            def set_num_threads(n): pass
            def manual_seed(n): pass
            done = []
            class Loss(float):
                def __add__(self, other): return Loss(float(self) + float(other))
                def backward(self): done.append("backward")
                def item(self):
                    assert done == ["zero", "forward", "backward", "clip 1.0", "step"], done
                    assert abs(self - (1 + 0.1 * (2 + 3 + 4 + 5))) < 1e-9, self
                    done.clear()
            class Adam:
                def __init__(self, parameters, lr): assert lr == 0.002
                def zero_grad(self): done.append("zero")
                def step(self): done.append("step")
            optim = types.SimpleNamespace(Adam=Adam)
            nn = types.SimpleNamespace(
                functional=types.SimpleNamespace(l1_loss=lambda a, b: Loss(1)),
                utils=types.SimpleNamespace(clip_grad_value_=lambda parameters, value: done.append(f"clip {value}")))
            """);
        folder.Write("checkout/config/config.json", """
            {"datasetCommonParams": {"mosi": {"aligned": {"feature_dims": [768, 5, 20], "train_samples": 1284, "num_classes": 3}}},
             "imder": {"commonParams": {"early_stop": 20, "use_bert": true},
                       "datasetParams": {"mosi": {"batch_size": 32, "grad_clip": 1.0, "learning_rate": 0.002}}}}
            """);
        folder.Write("checkout/trains/singleTask/model/scoremodel.py", """
            num_steps = 7
            class ScoreNet:
                def __init__(self, std): pass
                def eval(self): return self
            def Euler_Maruyama_sampler(network, batch, device, condition):
                assert device == "cpu"
            """);
        folder.Write("checkout/trains/singleTask/model/imder.py", """
            import torch
            from ...subNets import BertTextEncoder
            from .scoremodel import Euler_Maruyama_sampler
            device = 'cuda'
            class IMDER:
                def __init__(self, args): assert not args.use_bert and args.feature_dims == [768, 5, 20] and args.train_mode == "regression"
                def train(self): return self
                def parameters(self): return []
                def __call__(self, text, audio, vision, num_modal):
                    assert device == "cpu" and num_modal == 1
                    assert [x.shape for x in (text, audio, vision)] == [(32, 50, 768), (32, 50, 5), (32, 50, 20)]
                    Euler_Maruyama_sampler(None, 32, device='cuda', condition=None)
                    torch.done.append("forward")
                    return {"M": None, "loss_score_l": 2, "loss_score_v": 3, "loss_score_a": 4, "loss_rec": 5}
            """);
        using var peer = PublishedPeer(python, folder);
        Assert.Equal(new PeerTraining(32, 20, 1284), peer.Greeting.Training);
        Assert.True(peer.TrainStep(2, default) > 0);
        Assert.True(peer.TrainStep(2, default) > 0);
    }

    private static string Python()
    {
        var python = new[] { "/usr/bin/python3", "/usr/local/bin/python3" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(python is null, "needs python3");
        return python!;
    }

    /// <summary>The peer script on the folder's checkout, with the folder's lib in place of torch.</summary>
    private static PeerSubject PublishedPeer(string python, TemporaryFolder folder) => new(
        ["/usr/bin/env", $"PYTHONPATH={folder.Name}/lib", python, "-B", Path.Combine(Repository.Root, "bench", "peers", "peer_imder.py"),
            "--allow-slow-blas", "--checkout", $"{folder.Name}/checkout"]);

    private static PeerSubject Peer(params string[] script)
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "needs a shell");
        return new PeerSubject(["/bin/sh", "-c", string.Join('\n', script)]);
    }
}
