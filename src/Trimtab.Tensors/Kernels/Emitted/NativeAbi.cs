using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>
/// Where an operating system's calling convention puts a function's first pointer. The kernels take one argument and use only registers that are the called function's to
/// spoil under both conventions (rax, rdx, r8–r11, zmm0–5, zmm16–31), so this register is all that differs.
/// </summary>
/// <param name="Name">What people call the convention.</param>
/// <param name="Argument">The register of the first pointer.</param>
internal sealed record NativeAbi(string Name, AssemblerRegister64 Argument)
{
    /// <summary>Linux, macOS and the other Unixes.</summary>
    public static NativeAbi SystemV { get; } = new("System V", rdi);

    /// <summary>Windows on x64.</summary>
    public static NativeAbi Windows { get; } = new("Windows x64", rcx);

    /// <summary>The convention of this process.</summary>
    public static NativeAbi Current => OperatingSystem.IsWindows() ? Windows : SystemV;
}
