using Amodal.Cli;
using Amodal.Native;

TorchThreads.LimitSpinning(); // before anything of torch is loaded

return CommandLine.Run(args, Terminal.ForProcess());
