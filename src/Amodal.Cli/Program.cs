Amodal.Native.TorchBackend.EnsureLoadable();
Console.WriteLine(TorchSharp.torch.ones(2).sum().item<float>());
