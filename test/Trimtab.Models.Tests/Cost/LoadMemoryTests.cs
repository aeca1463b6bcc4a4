using System.Globalization;
using System.Runtime.CompilerServices;
using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Loading;
using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Models.Tests.Cost;

/// <summary>
/// The peak of resident memory over loading a model, as stored or converted on the way, and one prefill: weights leave the file's pages as they are packed. It writes 375 MB to the temporary folder and asks Linux for this process's own peak, so it runs only
/// when asked for, in a process of its own:
/// <c>dotnet test/Trimtab.Models.Tests/bin/Release/net10.0/Trimtab.Models.Tests.dll --filter-class "*LoadMemoryTests" --explicit only --show-live-output on</c>
/// </summary>
[Trait("Tier", "slow")]
public sealed class LoadMemoryTests(ITestOutputHelper output)
{
    private const long MiB = 1 << 20;

    private static readonly SyntheticLlama Shape = new(Layers: 12, Hidden: 1024, Intermediate: 2816, Heads: 16, KeyHeads: 16, Vocabulary: 16_000, DType.BF16);

    [Theory(Explicit = true)]
    [InlineData(null)]
    [InlineData(DType.F16)]
    public void Loading_and_a_prefill_of_128_tokens_stay_within_the_file_and_a_fifth_of_a_gigabyte(DType? quantise)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of resident memory is read from /proc");
        using var folder = Written();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        // "5" resets the peak to what is resident now.
        File.WriteAllText("/proc/self/clear_refs", "5");
        long before = Resident("VmRSS"), file = Directory.GetFiles(Path.GetDirectoryName(folder.ConfigPath)!).Sum(f => new FileInfo(f).Length);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var model = ModelLoader.Load(Path.GetDirectoryName(folder.ConfigPath)!, new LoadOptions { Quantise = quantise });
        double loadSeconds = watch.Elapsed.TotalSeconds;
        long loaded = Resident("VmHWM");
        using var cache = new Trimtab.Models.Generation.KvCache(model.LayerCount);
        using var run = new ModelRun(model, [new Sequence(Enumerable.Range(100, 128)) { Cache = cache }]);
        Assert.NotNull(run.Forward(LogitRows.Last));
        long peak = Resident("VmHWM");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"file {file / MiB} MiB; resident before {before / MiB}, after loading {loaded / MiB}, peak {peak / MiB} MiB; loading {loadSeconds:0.000} s, with prefill {watch.Elapsed.TotalSeconds:0.0} s"));
        // Loading maps and reads no weights.
        Assert.InRange(loaded - before, 0, 20 * MiB);
        Assert.InRange(peak, file / 2, (long)(1.15 * file) + 200 * MiB);
    }

    // Apart, so that the tensors that were written are garbage when the measurement begins.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ModelFolder Written()
    {
        var folder = Shape.Folder();
        folder.Write();
        folder.Tensors.Clear();
        return folder;
    }

    private static long Resident(string key) =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
