using Amodal.Cli;

return CommandLine.Run(args, Terminal.ForProcess());
