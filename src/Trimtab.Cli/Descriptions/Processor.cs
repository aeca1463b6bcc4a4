using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Trimtab.Cli.Descriptions;

/// <summary>The processor of this machine.</summary>
internal static class Processor
{
    private const int LastExtendedLeaf = unchecked((int)0x80000000), FirstOfName = unchecked((int)0x80000002), LastOfName = unchecked((int)0x80000004);

    /// <summary>What its maker calls it, or its architecture where it does not say.</summary>
    public static string Name { get; } = Brand() is { Length: > 0 } brand ? brand : RuntimeInformation.ProcessArchitecture.ToString();

    // 48 bytes of text in three leaves of CPUID, the same on every operating system.
    private static string Brand()
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(LastExtendedLeaf, 0).Eax < unchecked((uint)LastOfName))
            return "";
        var words = new List<int>();
        for (int leaf = FirstOfName; leaf <= LastOfName; leaf++)
        {
            var (a, b, c, d) = X86Base.CpuId(leaf, 0);
            words.AddRange([a, b, c, d]);
        }
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>(words.ToArray())).Replace("\0", "", StringComparison.Ordinal).Trim();
    }
}
