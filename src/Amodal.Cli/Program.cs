using Amodal.Cli;

TorchThreads.LimitSpinning(); // before anything of torch is loaded

var terminal = Terminal.ForProcess();
return terminal.Ended(CommandLine.Run(args, terminal));
