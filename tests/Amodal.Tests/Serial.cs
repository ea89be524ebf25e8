// TorchSharp lets a number be freed while a native call still reads it when another thread collects garbage
// (Native/ScalarArithmetic), and torch's global generator is one for all threads: tests run one after another.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
