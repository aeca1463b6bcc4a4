using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>Pages from the operating system: taken for reading and writing, later sealed for reading and running.</summary>
internal static unsafe partial class PageMemory
{
    private const int Read = 1, Write = 2, Execute = 4;
    private const uint CommitAndReserve = 0x3000, Release = 0x8000, ReadWrite = 0x04, ExecuteRead = 0x20;

    /// <summary>Zeroed pages that can be read and written.</summary>
    public static byte* Take(nuint length)
    {
        byte* pointer = OperatingSystem.IsWindows()
            ? VirtualAlloc(null, length, CommitAndReserve, ReadWrite)
            : MapPages(length);
        return pointer != null ? pointer : throw Refusal("give pages for code");
    }

    /// <summary>Makes pages readable and executable and no longer writable.</summary>
    public static void Seal(byte* pointer, nuint length)
    {
        bool done = OperatingSystem.IsWindows()
            ? VirtualProtect(pointer, length, ExecuteRead, out _) && FlushInstructionCache(GetCurrentProcess(), pointer, length)
            : mprotect(pointer, length, Read | Execute) == 0;
        if (!done)
            throw Refusal("make pages executable");
    }

    /// <summary>Gives pages back.</summary>
    public static void Give(byte* pointer, nuint length)
    {
        if (OperatingSystem.IsWindows())
            VirtualFree(pointer, 0, Release);
        else
            munmap(pointer, length);
    }

    // Private memory without a file: 0x22 on Linux, 0x1002 on the systems of BSD's family, macOS among them.
    private static byte* MapPages(nuint length)
    {
        byte* pointer = mmap(null, length, Read | Write, OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 0x22 : 0x1002, -1, 0);
        return pointer == (byte*)-1 ? null : pointer;
    }

    private static TensorException Refusal(string what) =>
        new($"CodePage: the system refuses to {what} — error {Marshal.GetLastPInvokeError()}. Allow executable memory to this process, or use the tier {nameof(Panels.KernelTier.Avx512)}.");

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* address, nuint length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial byte* VirtualAlloc(void* address, nuint length, uint kind, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(void* address, nuint length, uint protection, out uint before);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(void* address, nuint length, uint kind);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushInstructionCache(nint process, void* address, nuint length);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentProcess();
}
