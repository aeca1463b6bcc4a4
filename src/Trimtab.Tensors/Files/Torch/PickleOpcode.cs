namespace Trimtab.Tensors.Files;

/// <summary>The opcodes of pickle protocols 2 to 5 that plain data needs. Those not listed here are refused.</summary>
internal enum PickleOpcode : byte
{
    Mark = (byte)'(', Stop = (byte)'.', Pop = (byte)'0', PopMark = (byte)'1', Duplicate = (byte)'2',
    Protocol = 0x80, Frame = 0x95,
    None = (byte)'N', True = 0x88, False = 0x89,
    Int32 = (byte)'J', UInt8 = (byte)'K', UInt16 = (byte)'M', Long1 = 0x8A, Long4 = 0x8B, Double = (byte)'G',
    Text = (byte)'X', ShortText = 0x8C, Text8 = 0x8D, OldText = (byte)'T', OldShortText = (byte)'U',
    Bytes = (byte)'B', ShortBytes = (byte)'C', Bytes8 = 0x8E,
    EmptyDictionary = (byte)'}', Dictionary = (byte)'d', SetItem = (byte)'s', SetItems = (byte)'u',
    EmptyList = (byte)']', List = (byte)'l', Append = (byte)'a', Appends = (byte)'e',
    EmptyTuple = (byte)')', Tuple = (byte)'t', Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87,
    Put = (byte)'q', LongPut = (byte)'r', Memoize = 0x94, Get = (byte)'h', LongGet = (byte)'j',
    Global = (byte)'c', StackGlobal = 0x93, Reduce = (byte)'R', Build = (byte)'b', PersistentId = (byte)'Q',
    NewObject = 0x81,
}
