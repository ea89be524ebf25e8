using Amodal.Evaluation;
using Amodal.Latents;
using Amodal.Missingness;
using Amodal.Runs;
using Amodal.Tests.Training;
using static TorchSharp.torch;

namespace Amodal.Tests.Evaluation;

public sealed class LinearRecoveryTests : IDisposable
{
    private readonly TinyRun _tiny = new(TinyRun.TinyOptions, TinyRun.Uneven);
    private readonly TrainedRun _run;
    private readonly List<IDisposable> _stores = [];

    public LinearRecoveryTests()
    {
        _tiny.Train();
        _run = _tiny.Load();
    }

    [Fact]
    public void A_latent_that_is_a_linear_map_of_another_is_recovered()
    {
        var (train, valid, test) = (Store("train"), Store("valid"), Store("test"));
        using (no_grad())
        {
            foreach (var store in new[] { train, valid, test })
            {
                store.Latents[1].copy_(((2 * store.Latents[0].mean([1, 2], keepdim: true)) - 3).expand_as(store.Latents[1]));
            }
        }

        using var recovered = LinearRecovery.Predict(train, valid, test, ModalitySet.Of(0), modality: 1);
        using var error = (recovered - test.Latents[1]).abs().max();
        using var spread = test.Latents[1].std();
        // The smallest penalty shrinks a direction of average variance by 0.1 %; this one has a few per cent of it, and loses a few per cent.
        Assert.True(error.item<float>() < 0.3f * spread.item<float>(), $"{error.item<float>()} of {spread.item<float>()}");
    }

    [Fact]
    public void Where_the_observed_tell_nothing_it_falls_back_to_the_training_mean()
    {
        var (train, valid, test) = (Store("train"), Store("valid"), Store("test"));
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            var noise = new Amodal.Randomness.StableRandom(7, 0);
            foreach (var store in new[] { train, valid, test })
            {
                var values = new float[store.Latents[1].numel()];
                noise.FillNormal(values);
                store.Latents[1].copy_(tensor(values, store.Latents[1].shape) + 5);
            }
        }

        using var recovered = LinearRecovery.Predict(train, valid, test, ModalitySet.Of(0), modality: 1);
        using var all = ones_like(test.Valid[1]);
        var agreement = TensorAgreement.Of(recovered, test.Latents[1], all);
        // The truth has deviation 1 about 5; nothing predicts it, and an unpenalised fit would overfit well beyond that.
        Assert.InRange(agreement.Error, 0.8, 1.25);
    }

    public void Dispose()
    {
        _stores.ForEach(s => s.Dispose());
        _run.Dispose();
        _tiny.Dispose();
    }

    private LatentStore Store(string split)
    {
        var (features, latents) = _run.Encode(_tiny.Data, split);
        _stores.AddRange([features, latents]);
        return latents;
    }
}
