using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Trimtab.Benchmarks;
using Trimtab.Benchmarks.Models;

if (args is ["model", ..])
    return ModelCommand.Run(args[1..]);

// In this process: a generated project would have to follow this repository's build rules, and the kernels need no process of their own.
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(12))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumn(ThroughputColumn.All)
    .HideColumns(Column.Error, Column.Gen0, Column.Gen1, Column.Gen2);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;
