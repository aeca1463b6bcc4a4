using Iced.Intel;
using Trimtab.Tensors.Kernels.Emitted;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>Tiles that the <see cref="Interpreter"/> runs. They see the memory they were allowed to see and their arguments, nothing else.</summary>
internal sealed unsafe class InterpretedTiles(TileEmitter emitter, NativeAbi abi) : TileCode
{
    private readonly Dictionary<TileShape, Dictionary<ulong, Instruction>> _programs = [];
    private readonly List<(nint Start, long Bytes, bool Writable)> _ranges = [];

    /// <summary>The shapes that ran.</summary>
    public HashSet<TileShape> Ran { get; } = [];

    /// <summary>Changes the code of a tile.</summary>
    public Action<TileShape, byte[]>? Damage { get; init; }

    /// <summary>Whether any address may be read and written: where the memory is the tested code's own.</summary>
    public bool AnyMemory { get; init; }

    /// <summary>Declares memory that tiles may use.</summary>
    public void Allow(void* start, long bytes, bool writable) => _ranges.Add(((nint)start, bytes, writable));

    public override void Run(TileShape shape, TileArguments* arguments)
    {
        Ran.Add(shape);
        var interpreter = new Interpreter(Program(shape));
        interpreter.Allow(arguments, sizeof(TileArguments), writable: false);
        if (AnyMemory)
            interpreter.Allow(null, long.MaxValue, writable: true);
        foreach (var (start, bytes, writable) in _ranges)
            interpreter.Allow((void*)start, bytes, writable);
        interpreter.Run(abi.Argument, arguments);
    }

    private Dictionary<ulong, Instruction> Program(TileShape shape)
    {
        if (_programs.TryGetValue(shape, out var program))
            return program;
        byte[] code = emitter.Emit(shape, abi);
        Damage?.Invoke(shape, code);
        return _programs[shape] = Machine.Decode(code).ToDictionary(i => i.IP);
    }
}
