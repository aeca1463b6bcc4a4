using System.Runtime.CompilerServices;
using Iced.Intel;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>
/// Executes the few instructions that emitted tiles consist of, over registers of its own and the process's real memory, as the processor's manual defines them: for
/// machines that lack the instructions. Memory that was not declared, and instructions that are not known, fail the test.
/// </summary>
internal sealed unsafe class Interpreter(IReadOnlyDictionary<ulong, Instruction> program)
{
    private const ulong Junk = 0x7FF7_DEAD_7FF7_BEEF;

    private readonly List<MemoryRange> _ranges = [];
    private readonly ulong[] _general = new ulong[16];
    private readonly uint[][] _vectors = [.. Enumerable.Range(0, 32).Select(_ => new uint[16])];
    private readonly uint[] _operand = new uint[16];
    private (ulong Left, ulong Right) _compared;
    private ulong _next;

    /// <summary>Declares memory that may be read and, if so, written.</summary>
    public void Allow(void* start, long bytes, bool writable) => _ranges.Add(new((ulong)start, (ulong)start + (ulong)bytes, writable));

    /// <summary>Runs to the return. Every register holds junk at first, but for the argument's.</summary>
    public void Run(Register argument, void* pointer)
    {
        Array.Fill(_general, Junk);
        foreach (uint[] vector in _vectors)
            Array.Fill(vector, 0x7FC0_BADDu);
        _general[argument.GetNumber()] = (ulong)pointer;
        for (_next = 0; _next != ulong.MaxValue;)
        {
            if (!program.TryGetValue(_next, out var instruction))
                Assert.Fail($"a jump to {_next}, where no instruction begins");
            _next = instruction.NextIP;
            Execute(instruction);
        }
    }

    private void Execute(in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Mov: Set(i, Value(i, 1)); break;
            case Mnemonic.Lea: Set(i, Address(i)); break;
            case Mnemonic.Add: Set(i, Value(i, 0) + Value(i, 1)); break;
            case Mnemonic.Sub: Set(i, Value(i, 0) - Value(i, 1)); break;
            case Mnemonic.Cmp: _compared = (Value(i, 0), Value(i, 1)); break;
            case Mnemonic.Jmp: _next = i.NearBranchTarget; break;
            case Mnemonic.Je: _next = _compared.Left == _compared.Right ? i.NearBranchTarget : _next; break;
            case Mnemonic.Jb: _next = _compared.Left < _compared.Right ? i.NearBranchTarget : _next; break;
            case Mnemonic.Ret: _next = ulong.MaxValue; break;
            // It does nothing that can be seen, and asks for any address without harm.
            case Mnemonic.Nop or Mnemonic.Prefetcht0: break;
            case Mnemonic.Vzeroupper: ZeroUpper(); break;
            default: Vector(i); break;
        }
    }

    private void Vector(in Instruction i)
    {
        if (i.OpMask != Register.None || i.ZeroingMasking || i.RoundingControl != RoundingControl.None)
            Assert.Fail($"{i}: masks and rounding are not modelled");
        switch (i.Mnemonic)
        {
            case Mnemonic.Vmovups or Mnemonic.Vmovdqu32 or Mnemonic.Vmovdqa32: Move(i); break;
            case Mnemonic.Vpbroadcastd: Array.Fill(Whole(i.Op0Register), Dwords(i, 1, 1)[0]); break;
            case Mnemonic.Vpxord: Lanes(i, (_, a, b) => a ^ b); break;
            case Mnemonic.Vpandd: Lanes(i, (_, a, b) => a & b); break;
            case Mnemonic.Vpsrld: Shift(i); break;
            case Mnemonic.Vpdpbusd: Lanes(i, VectorArithmetic.ByteDot); break;
            case Mnemonic.Vdpbf16ps: Lanes(i, VectorArithmetic.BrainDot); break;
            case Mnemonic.Vmulps: Lanes(i, (_, a, b) => VectorArithmetic.Multiply(a, b)); break;
            case Mnemonic.Vfmadd231ps: Lanes(i, VectorArithmetic.MultiplyAdd); break;
            case Mnemonic.Vcvtdq2ps: Convert(i, Dwords(i, 1, 16), (source, lane) => BitConverter.SingleToUInt32Bits((int)source[lane])); break;
            case Mnemonic.Vcvtph2ps: Convert(i, Dwords(i, 1, 8), (source, lane) => VectorArithmetic.Widen((ushort)(source[lane / 2] >> lane % 2 * 16))); break;
            default: Assert.Fail($"the interpreter does not know {i}"); break;
        }
    }

    private void Move(in Instruction i)
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            var source = Whole(i.Op1Register);
            source.CopyTo(new Span<uint>(Memory(Address(i), 64, write: true), 16));
        }
        else
            Dwords(i, 1, 16).CopyTo(Whole(i.Op0Register), 0);
    }

    private void Shift(in Instruction i)
    {
        int bits = i.Immediate8;
        Convert(i, Dwords(i, 1, 16), (source, lane) => source[lane] >> bits);
    }

    // target[lane] = f(target, first, second), where a broadcast second is one value for all lanes.
    private void Lanes(in Instruction i, Func<uint, uint, uint, uint> f)
    {
        uint[] target = Whole(i.Op0Register), first = Whole(i.Op1Register), second = Dwords(i, 2, i.IsBroadcast ? 1 : 16);
        if (i.IsBroadcast)
            Array.Fill(second, second[0]);
        for (int lane = 0; lane < 16; lane++)
            target[lane] = f(target[lane], first[lane], second[lane]);
    }

    private void Convert(in Instruction i, uint[] source, Func<uint[], int, uint> f)
    {
        if (i.IsBroadcast)
            Assert.Fail($"{i}: a broadcast is not modelled");
        for (int lane = 0; lane < 16; lane++)
            Whole(i.Op0Register)[lane] = f(source, lane);
    }

    private uint[] Whole(Register register)
    {
        if (!register.IsZMM())
            Assert.Fail($"{register} is not a whole vector");
        return _vectors[register.GetNumber()];
    }

    // A copy, good until the next: the target may be the source.
    private uint[] Dwords(in Instruction i, int operand, int count)
    {
        if (i.GetOpKind(operand) == OpKind.Register)
            Whole(i.GetOpRegister(operand)).CopyTo(_operand, 0);
        else
            new ReadOnlySpan<uint>(Memory(Address(i), count * sizeof(uint), write: false), count).CopyTo(_operand);
        return _operand;
    }

    private ulong Value(in Instruction i, int operand) => i.GetOpKind(operand) switch
    {
        OpKind.Register => General(i.GetOpRegister(operand)),
        OpKind.Memory when i.MemorySize is MemorySize.UInt64 or MemorySize.Int64 => Unsafe.ReadUnaligned<ulong>(Memory(Address(i), sizeof(ulong), write: false)),
        OpKind.Memory => throw Xunit.Sdk.FailException.ForFailure($"{i}: only 8 bytes are modelled"),
        _ => i.GetImmediate(operand),
    };

    private void Set(in Instruction i, ulong value)
    {
        Assert.Equal(OpKind.Register, i.Op0Kind);
        General(i.Op0Register) = value;
    }

    private ref ulong General(Register register)
    {
        if (!register.IsGPR64())
            Assert.Fail($"{register} is not a whole general register");
        return ref _general[register.GetNumber()];
    }

    private ulong Address(in Instruction i)
    {
        if (i.SegmentPrefix != Register.None || i.MemoryBase == Register.None || i.MemoryBase == Register.RIP)
            Assert.Fail($"{i}: this address is not modelled");
        ulong index = i.MemoryIndex == Register.None ? 0 : General(i.MemoryIndex) * (ulong)i.MemoryIndexScale;
        return General(i.MemoryBase) + index + i.MemoryDisplacement64;
    }

    private void* Memory(ulong address, int bytes, bool write)
    {
        foreach (var range in _ranges)
            if (range.Start <= address && address + (ulong)bytes <= range.End && (!write || range.Writable))
                return (void*)address;
        throw Xunit.Sdk.FailException.ForFailure($"{bytes} bytes {(write ? "written" : "read")} outside the buffers, before the instruction at {_next}");
    }

    private void ZeroUpper()
    {
        for (int register = 0; register < 16; register++)
            Array.Clear(_vectors[register], 4, 12);
    }

    private readonly record struct MemoryRange(ulong Start, ulong End, bool Writable);
}
