namespace Trimtab.Tensors.Files;

/// <summary>
/// Runs a pickle as far as plain data and tensors go. Names are looked up in an allow-list (<see cref="TorchGlobals"/>) and nowhere else: no type is
/// loaded, no method found by name, nothing executed. Iterative, so that deep nesting costs no stack; the number of values is bounded.
/// </summary>
internal sealed class PickleMachine(PickleReader reader, TorchGlobals globals)
{
    // A large optimiser state has some hundred thousand values.
    private const int MostValues = 8_000_000;
    private const int MostArguments = 16;

    private readonly List<TorchValue> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, TorchValue> _memo = [];
    private int _values;

    /// <summary>Runs to the end and returns the one value that is left.</summary>
    /// <exception cref="TensorFileException">The pickle is damaged, or calls something that is not on the list.</exception>
    public TorchValue Run()
    {
        while (true)
        {
            byte code = reader.ReadByte();
            if ((PickleOpcode)code == PickleOpcode.Stop)
                return Pop();
            Step((PickleOpcode)code);
        }
    }

    private void Step(PickleOpcode code)
    {
        switch (code)
        {
            case PickleOpcode.Protocol: CheckProtocol(reader.ReadByte()); break;
            case PickleOpcode.Frame: reader.ReadUInt64(); break;
            case PickleOpcode.Mark: _marks.Add(_stack.Count); break;
            case PickleOpcode.Pop: Pop(); break;
            case PickleOpcode.PopMark: PopToMark(); break;
            case PickleOpcode.Duplicate: Push(Top()); break;
            case PickleOpcode.Put: _memo[reader.ReadByte()] = Top(); break;
            case PickleOpcode.LongPut: _memo[reader.ReadUInt32()] = Top(); break;
            case PickleOpcode.Memoize: _memo[(uint)_memo.Count] = Top(); break;
            case PickleOpcode.Get: Push(Recall(reader.ReadByte())); break;
            case PickleOpcode.LongGet: Push(Recall(reader.ReadUInt32())); break;
            case PickleOpcode.Append: Append([Pop()]); break;
            case PickleOpcode.Appends: Append(PopToMark()); break;
            case PickleOpcode.SetItem: SetItem(); break;
            case PickleOpcode.SetItems: SetItems(PopToMark()); break;
            case PickleOpcode.Build: Build(); break;
            case PickleOpcode.NewObject: throw Refused(Top(2));
            default: Push(Make(code)); break;
        }
    }

    private TorchValue Make(PickleOpcode code) => code switch
    {
        PickleOpcode.None => TorchNone.Instance,
        PickleOpcode.True => new TorchBool(true),
        PickleOpcode.False => new TorchBool(false),
        PickleOpcode.Int32 => new TorchInteger(reader.ReadInt32()),
        PickleOpcode.UInt8 => new TorchInteger(reader.ReadByte()),
        PickleOpcode.UInt16 => new TorchInteger(reader.ReadUInt16()),
        PickleOpcode.Long1 => new TorchInteger(reader.ReadShortInteger(reader.ReadByte())),
        PickleOpcode.Long4 => new TorchInteger(reader.ReadShortInteger(reader.ReadUInt32())),
        PickleOpcode.Double => new TorchNumber(reader.ReadDouble()),
        PickleOpcode.ShortText or PickleOpcode.OldShortText => new TorchText(reader.ReadText(reader.ReadByte())),
        PickleOpcode.Text or PickleOpcode.OldText => new TorchText(reader.ReadText(reader.ReadUInt32())),
        PickleOpcode.Text8 => new TorchText(reader.ReadText(reader.ReadUInt64())),
        PickleOpcode.ShortBytes => new TorchBytes(reader.ReadBytes(reader.ReadByte())),
        PickleOpcode.Bytes => new TorchBytes(reader.ReadBytes(reader.ReadUInt32())),
        PickleOpcode.Bytes8 => new TorchBytes(reader.ReadBytes(reader.ReadUInt64())),
        PickleOpcode.EmptyDictionary => new TorchDictionary(),
        PickleOpcode.Dictionary => Fill(new TorchDictionary(), PopToMark()),
        PickleOpcode.EmptyList => new TorchSequence(isTuple: false, []),
        PickleOpcode.List => new TorchSequence(isTuple: false, PopToMark()),
        PickleOpcode.EmptyTuple => new TorchSequence(isTuple: true, []),
        PickleOpcode.Tuple => new TorchSequence(isTuple: true, PopToMark()),
        PickleOpcode.Tuple1 => new TorchSequence(isTuple: true, PopMany(1)),
        PickleOpcode.Tuple2 => new TorchSequence(isTuple: true, PopMany(2)),
        PickleOpcode.Tuple3 => new TorchSequence(isTuple: true, PopMany(3)),
        PickleOpcode.Global => globals.Find(reader.ReadLine(), reader.ReadLine(), reader.Position),
        PickleOpcode.StackGlobal => StackGlobal(),
        PickleOpcode.Reduce => Reduce(),
        PickleOpcode.PersistentId => globals.Storage(Pop()),
        _ => throw reader.Wrong("an opcode", $"0x{(byte)code:X2}", "plain data and tensors do not need it; it is not carried out"),
    };

    private void CheckProtocol(byte protocol)
    {
        if (protocol is < 2 or > 5)
            throw reader.Wrong("the pickle protocol", protocol, "protocols 2 to 5 are read");
    }

    private TorchValue StackGlobal()
    {
        var names = PopMany(2);
        return names is [TorchText module, TorchText name]
            ? globals.Find(module.Value, name.Value, reader.Position)
            : throw reader.Wrong("the name of a callable", $"{names[0]}, {names[1]}", "expected two texts");
    }

    private TorchValue Reduce()
    {
        var arguments = Pop() as TorchSequence;
        var callable = Pop();
        if (callable is not TorchCallable allowed)
            throw Refused(callable);
        return arguments is { IsTuple: true, Items.Count: <= MostArguments } ? allowed.Call([.. arguments.Items]) : throw reader.Wrong($"arguments of {allowed}", arguments?.ToString() ?? "no tuple", $"expected a tuple of at most {MostArguments}");
    }

    // Attributes are accepted only where torch really writes them: on the OrderedDict of a state dictionary.
    private void Build()
    {
        var state = Pop();
        if (Top() is not TorchDictionary { IsOrdered: true, Attributes: null } target || state is not TorchDictionary attributes)
            throw reader.Wrong("the target of a BUILD opcode", $"{Top()} with {state}", "only an OrderedDict may be given attributes; nothing else is rebuilt");
        target.Attributes = attributes;
    }

    private TensorFileException Refused(TorchValue callable) =>
        reader.Wrong("what is called", callable, "only tensors and plain containers are rebuilt; nothing in the file is ever executed");

    private void Append(List<TorchValue> items)
    {
        if (Top() is not TorchSequence { IsTuple: false } list)
            throw reader.Wrong("the target of an APPEND opcode", Top(), "expected a list");
        foreach (var item in items)
            list.Add(item);
    }

    private void SetItem() => SetItems(PopMany(2));

    private void SetItems(List<TorchValue> items)
    {
        if (Top() is not TorchDictionary dictionary)
            throw reader.Wrong("the target of a SETITEM opcode", Top(), "expected a dictionary");
        Fill(dictionary, items);
    }

    private TorchDictionary Fill(TorchDictionary dictionary, List<TorchValue> items)
    {
        if (items.Count % 2 != 0)
            throw reader.Wrong("the items of a dictionary", $"{items.Count} values", "expected pairs");
        for (int i = 0; i < items.Count; i += 2)
            if (!dictionary.TryAdd(items[i], items[i + 1]))
                throw reader.Wrong("a key of a dictionary", items[i], "expected a text, whole number or truth value, every one once");
        return dictionary;
    }

    private void Push(TorchValue value)
    {
        if (++_values > MostValues)
            throw reader.Wrong("the number of values", $"more than {MostValues}", "no weight file needs so many");
        _stack.Add(value);
    }

    private TorchValue Top(int depth = 1)
    {
        int floor = _marks.Count > 0 ? _marks[^1] : 0;
        return _stack.Count - depth >= floor ? _stack[^depth] : throw reader.Wrong("the stack", "empty", "the opcode needs a value; the pickle is damaged");
    }

    private TorchValue Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private List<TorchValue> PopMany(int count)
    {
        Top(count);
        var values = _stack.GetRange(_stack.Count - count, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private List<TorchValue> PopToMark()
    {
        if (_marks.Count == 0)
            throw reader.Wrong("the stack", "without a mark", "the opcode needs one; the pickle is damaged");
        int mark = _marks[^1];
        var values = _stack.GetRange(mark, _stack.Count - mark);
        _stack.RemoveRange(mark, values.Count);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private TorchValue Recall(uint index) =>
        _memo.TryGetValue(index, out var value) ? value : throw reader.Wrong("a memo reference", index, "nothing was stored under it");
}
