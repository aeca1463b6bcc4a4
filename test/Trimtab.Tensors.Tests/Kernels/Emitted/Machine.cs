using Iced.Intel;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>Machine code as instructions.</summary>
internal static class Machine
{
    /// <summary>All instructions of a function that begins at address 0.</summary>
    public static List<Instruction> Decode(byte[] code)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code));
        var instructions = new List<Instruction>();
        while (decoder.IP < (ulong)code.Length)
            instructions.Add(decoder.Decode());
        return instructions;
    }
}
