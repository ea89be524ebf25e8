using Amodal.Bench;
using Amodal.Cli;
using Amodal.Native;

TorchThreads.LimitSpinning(); // before anything of torch is loaded

var terminal = Terminal.ForProcess();
return terminal.Ended(Laboratory.Run(args, terminal));
