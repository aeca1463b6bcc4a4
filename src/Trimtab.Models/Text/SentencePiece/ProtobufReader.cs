using System.Buffers.Binary;

namespace Trimtab.Models.Text;

/// <summary>Walks the fields of one protobuf message and refuses lengths that reach beyond it.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message, string file, string name)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;

    /// <summary>The current field's number.</summary>
    public int Field { get; private set; }

    /// <summary>The current field's value, for varints and fixed sizes.</summary>
    public ulong Value { get; private set; }

    /// <summary>The current field's content, for strings and messages.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>The current field as a float.</summary>
    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Value);

    /// <summary>The current field as a 32-bit integer; negative ones are written as 64 bits.</summary>
    public readonly int Integer => (int)(long)Value;

    public bool Read()
    {
        if (_at == _message.Length)
            return false;
        var key = Varint();
        Field = key >> 3 is > 0 and < 1 << 29 and var number ? (int)number : throw Error($"the field number {key >> 3}");
        Content = default;
        switch (key & 7)
        {
            case 0: Value = Varint(); break;
            case 1: Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8)); break;
            case 2: Content = Take(Varint()); break;
            case 5: Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4)); break;
            default: throw Error($"the wire type {key & 7} in field {Field}");
        }
        return true;
    }

    /// <summary>The content as text.</summary>
    public readonly string Text()
    {
        try
        {
            return new System.Text.UTF8Encoding(false, true).GetString(Content);
        }
        catch (System.Text.DecoderFallbackException e)
        {
            throw new TokenizerFormatException($"{file}: {name}: field {Field} is not valid UTF-8.", e);
        }
    }

    public readonly TokenizerFormatException Error(string what) =>
        new($"{file}: {name} has, before byte {_at} of {_message.Length}, {what}; the file is cut or not a sentencepiece model.");

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_message.Length - _at))
            throw Error($"a field {Field} of {count} bytes where {_message.Length - _at} are left");
        var result = _message.Slice(_at, (int)count);
        _at += (int)count;
        return result;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_at == _message.Length)
                throw Error("a number that is cut off");
            var part = _message[_at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
        throw Error("a number of more than ten bytes");
    }
}
