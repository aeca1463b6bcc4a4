using System.IO.Compression;
using Trimtab.Tensors.Files;
using Xunit;

namespace Trimtab.Tensors.Tests.Files;

public sealed class TorchFileTests : IDisposable
{
    // Written by Python's own pickler, protocols 2 and 4, with stand-ins of torch's classes. The value:
    // {'state_dict': OrderedDict(w = Parameter of storage 0 [2, 3], w_t = its transpose [3, 2], bias = element 1 of the BF16 storage 1; with attribute _metadata),
    //  'epoch': 7, 'lr': 0.5, 'name': 'naïve', 'flags': [True, False, None], 'big': -3000000000, 'pair': (1, 2, 3, 4)}
    private const string Protocol2 =
        "gAJ9cQAoWAoAAABzdGF0ZV9kaWN0cQFjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQIpUnEDKFgBAAAAd3EEY3RvcmNoLl91dGlscwpfcmVidWlsZF9wYXJhbWV0ZXIKcQVjdG9yY2guX3V0aWxzCl9yZWJ1aWxkX3RlbnNvcl92Mgpx"
        + "BigoWAcAAABzdG9yYWdlcQdjdG9yY2gKRmxvYXRTdG9yYWdlCnEIWAEAAAAwcQlYAwAAAGNwdXEKSwZ0cQtRSwBLAksDhnEMSwNLAYZxDYloAilScQ50cQ9ScRCIaAIpUnERh3ESUnETWAMAAAB3X3RxFGgGKChoB2gIaAloCksG"
        + "dHEVUUsASwNLAoZxFksBSwOGcReJaAIpUnEYdHEZUnEaWAQAAABiaWFzcRtoBigoaAdjdG9yY2gKQkZsb2F0MTZTdG9yYWdlCnEcWAEAAAAxcR1oCksCdHEeUUsBSwGFcR9oH4loAilScSB0cSFScSJ1fXEjWAkAAABfbWV0YWRhdGFx"
        + "JGgCKVJxJVgAAAAAcSZ9cSdYBwAAAHZlcnNpb25xKEsBc3NzYlgFAAAAZXBvY2hxKUsHWAIAAABscnEqRz/gAAAAAAAAWAQAAABuYW1lcStYBgAAAG5hw692ZXEsWAUAAABmbGFnc3EtXXEuKIiJTmVYAwAAAGJpZ3EvigUAoi9N/1gE"
        + "AAAAcGFpcnEwKEsBSwJLA0sEdHExdS4=";

    private const string Protocol4 =
        "gASVuwEAAAAAAAB9lCiMCnN0YXRlX2RpY3SUjAtjb2xsZWN0aW9uc5SMC09yZGVyZWREaWN0lJOUKVKUKIwBd5SMDHRvcmNoLl91dGlsc5SMEl9yZWJ1aWxkX3BhcmFtZXRlcpSTlGgHjBJfcmVidWlsZF90ZW5zb3JfdjKUk5QoKIwH"
        + "c3RvcmFnZZSMBXRvcmNolIwMRmxvYXRTdG9yYWdllJOUjAEwlIwDY3B1lEsGdJRRSwBLAksDhpRLA0sBhpSJaAQpUpR0lFKUiGgEKVKUh5RSlIwDd190lGgLKChoDGgPaBBoEUsGdJRRSwBLA0sChpRLAUsDhpSJaAQpUpR0lFKUjARi"
        + "aWFzlGgLKChoDGgNjA9CRmxvYXQxNlN0b3JhZ2WUk5SMATGUaBFLAnSUUUsBSwGFlGgniWgEKVKUdJRSlHV9lIwJX21ldGFkYXRhlGgEKVKUjACUfZSMB3ZlcnNpb26USwFzc3NijAVlcG9jaJRLB4wCbHKURz/gAAAAAAAAjARuYW1l"
        + "lIwGbmHDr3ZllIwFZmxhZ3OUXZQoiIlOZYwDYmlnlIoFAKIvTf+MBHBhaXKUKEsBSwJLA0sEdJR1Lg==";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(Protocol2, "archive", CompressionLevel.NoCompression)]
    [InlineData(Protocol4, "my_model", CompressionLevel.NoCompression)]
    [InlineData(Protocol4, "archive", CompressionLevel.Optimal)]
    public void A_checkpoint_pickled_by_python_reads_completely(string pickle, string folder, CompressionLevel level)
    {
        byte[] bytes = TorchBytes.Zip(Convert.FromBase64String(pickle), folder, level: level, storages: [("0", Floats(1, 2, 3, 4, 5, 6)), ("1", [0, 0, 0x80, 0x3F])]);
        using var file = TorchFile.Load(_folder.Write("m.pt", bytes));
        CheckCheckpoint(file);
    }

    [Fact]
    public void The_older_format_without_zip_reads_alike()
    {
        byte[] bytes = TorchBytes.Legacy(Convert.FromBase64String(Protocol2), ("0", 6, Floats(1, 2, 3, 4, 5, 6)), ("1", 2, [0, 0, 0x80, 0x3F]));
        using var file = TorchFile.Load(_folder.Write("m.bin", bytes));
        CheckCheckpoint(file);
    }

    [Fact]
    public void A_bare_tensor_an_int_key_and_an_untyped_storage_read()
    {
        var bare = new PickleBytes().Tensor("FloatStorage", "0", 1, 0, [], []);
        using (var file = TorchFile.Load(_folder.Write("bare.pt", TorchBytes.Zip(bare.ToArray(), storages: ("0", Floats(3))))))
            Assert.Equal(3f, file[""].Values[0]);
        var keyed = new PickleBytes().Op('}').Raw((byte)'K', 4).Tensor("HalfStorage", "0", 2, 0, [2], [1]).Op('s');
        using (var file = TorchFile.Load(_folder.Write("keyed.pt", TorchBytes.Zip(keyed.ToArray(), storages: ("0", [0, 0x3C, 0, 0x40])))))
            Assert.Equal([(Half)1, (Half)2], file["4"].As<Half>().ToArray());
        var untyped = new PickleBytes().Global("torch._utils", "_rebuild_tensor_v3").Op('(').Op('(').Text("storage").Global("torch.storage", "UntypedStorage").Text("0").Text("cpu").Long(8)
            .Op('t').Op('Q').Long(1).Tuple(1).Tuple(1).Raw(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Global("torch", "int32").Op('t').Op('R');
        using (var file = TorchFile.Load(_folder.Write("untyped.pt", TorchBytes.Zip(untyped.ToArray(), storages: ("0", [1, 0, 0, 0, 2, 0, 0, 0])))))
            Assert.Equal([2], file[""].As<int>().ToArray());
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("torch", "load")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("torch._utils", "_rebuild_parameter.__globals__")]
    [InlineData("collections", "OrderedDict.__class__")]
    [InlineData("__torch__", "Module")]
    public void Any_other_callable_is_refused_by_name(string module, string name)
    {
        var pickle = new PickleBytes().Global(module, name).Op('(').Text("touch pwned").Op('t').Op('R');
        Assert.Contains($"{module}.{name}", Refused(pickle).Message, StringComparison.Ordinal);
        var stacked = new PickleBytes().Text(module).Text(name).Raw(0x93).Op('(').Text("touch pwned").Op('t').Op('R');
        Assert.Contains($"{module}.{name}", Refused(stacked).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tricks_with_allowed_names_are_refused()
    {
        Assert.Contains("BUILD", Refused(new PickleBytes().Op('}').Op('}').Op('b')).Message, StringComparison.Ordinal);
        Assert.Contains("BUILD", Refused(new PickleBytes().Tensor("FloatStorage", "0", 2, 0, [2], [1]).Op('}').Op('b')).Message, StringComparison.Ordinal);
        Assert.Contains("BUILD", Refused(new PickleBytes().Global("collections", "OrderedDict").Op('}').Op('b')).Message, StringComparison.Ordinal);
        Assert.Contains("collections.OrderedDict", Refused(new PickleBytes().Global("collections", "OrderedDict").Op(')').Raw(0x81)).Message, StringComparison.Ordinal);
        Assert.Contains("torch.FloatStorage", Refused(new PickleBytes().Global("torch", "FloatStorage").Op(')').Op('R')).Message, StringComparison.Ordinal);
        Assert.Contains("'os.system'", Refused(new PickleBytes().Text("os.system").Op(')').Op('R')).Message, StringComparison.Ordinal);
        Assert.Contains("collections.OrderedDict", Refused(new PickleBytes().Op('}').Text("f").Global("collections", "OrderedDict").Op('s')).Message, StringComparison.Ordinal);
        Assert.Contains("0x69", Refused(new PickleBytes().Op('(').Op('i').Raw("os\nsystem\n"u8.ToArray())).Message, StringComparison.Ordinal);
        Assert.Contains("0x6F", Refused(new PickleBytes().Op('(').Op('o')).Message, StringComparison.Ordinal);
        Assert.Contains("0x82", Refused(new PickleBytes().Raw(0x82, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("storage '0'", Refused(new PickleBytes().Storage("FloatStorage", "0", 2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 0, new long[] { 3 }, new long[] { 1 })]
    [InlineData(2, 1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(2, 3, new long[] { 0 }, new long[] { 1 })]
    [InlineData(2, -1, new long[] { 1 }, new long[] { 1 })]
    [InlineData(2, 0, new long[] { -1 }, new long[] { 1 })]
    [InlineData(2, 0, new long[] { 2 }, new long[] { -1 })]
    [InlineData(2, 0, new long[] { 2 }, new long[] { 1, 1 })]
    [InlineData(2, 0, new long[] { 2 }, new long[] { long.MaxValue })]
    [InlineData(2, long.MaxValue, new long[] { 1 }, new long[] { 1 })]
    [InlineData(2, 0, new long[] { long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue }, new long[] { long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue })]
    [InlineData(2, 0, new long[] { long.MaxValue, long.MaxValue }, new long[] { 0, 0 })]
    [InlineData(3, 0, new long[] { 2 }, new long[] { 1 })]
    [InlineData(long.MaxValue, 0, new long[] { 2 }, new long[] { 1 })]
    public void A_shape_that_leaves_its_storage_is_refused(long elements, long offset, long[] size, long[] stride) =>
        Assert.Contains("storage", Refused(new PickleBytes().Tensor("FloatStorage", "0", elements, offset, size, stride)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_expanded_tensor_copies_within_reason_only()
    {
        var small = new PickleBytes().Tensor("FloatStorage", "0", 2, 0, [3, 2], [0, 1]);
        using (var file = TorchFile.Load(Save(small)))
            Assert.Equal([1f, 2f, 1f, 2f, 1f, 2f], file[""].Values.ToArray());
        var huge = new PickleBytes().Tensor("FloatStorage", "0", 2, 0, [int.MaxValue, 2], [0, 1]);
        using var lying = TorchFile.Load(Save(huge));
        Assert.Contains("its copy would take", Assert.Throws<TensorFileException>(() => lying[""]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_mistyped_and_contradicting_storages_are_refused()
    {
        Assert.Contains("storage '7' is missing", Refused(new PickleBytes().Tensor("FloatStorage", "7", 2, 0, [2], [1])).Message, StringComparison.Ordinal);
        Assert.Contains("storage '../../x' is missing", Refused(new PickleBytes().Tensor("FloatStorage", "../../x", 2, 0, [2], [1])).Message, StringComparison.Ordinal);
        Assert.Contains("8 bytes", Refused(new PickleBytes().Tensor("DoubleStorage", "0", 2, 0, [2], [1])).Message, StringComparison.Ordinal);
        Assert.Contains("ComplexFloatStorage", Refused(new PickleBytes().Tensor("ComplexFloatStorage", "0", 1, 0, [1], [1])).Message, StringComparison.Ordinal);
        var twice = new PickleBytes().Op('(').Tensor("FloatStorage", "0", 2, 0, [2], [1]).Tensor("IntStorage", "0", 2, 0, [2], [1]).Op('t');
        Assert.Contains("elsewhere", Refused(twice).Message, StringComparison.Ordinal);
        Assert.Contains("persistent id", Refused(new PickleBytes().Text("storage").Op('Q')).Message, StringComparison.Ordinal);
        Assert.Contains("'big'", Assert.Throws<TensorFileException>(() => TorchFile.Load(_folder.Write("b.pt", TorchBytes.Zip(new PickleBytes().Op('N').ToArray(), byteOrder: "big")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cycles_depth_and_exploding_references_are_bounded()
    {
        Assert.Contains("cyclic", Refused(new PickleBytes().Op(']').Raw((byte)'q', 0).Raw((byte)'h', 0).Op('a')).Message, StringComparison.Ordinal);
        Assert.Contains("cyclic", Refused(new PickleBytes().Op('}').Raw((byte)'q', 0).Text("self").Raw((byte)'h', 0).Op('s')).Message, StringComparison.Ordinal);
        var deep = new PickleBytes().Op(']');
        for (int i = 0; i < 200_000; i++)
            deep.Raw(0x85);
        Assert.Contains("too deep", Refused(deep).Message, StringComparison.Ordinal);
        var exploding = new PickleBytes().Text("x");
        for (byte i = 0; i < 60; i++)
            exploding.Raw((byte)'q', i, (byte)'h', i, 0x86);
        Assert.Contains("over and over", Refused(exploding).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_stacks_and_lengths_are_refused()
    {
        foreach (char code in "0taesubRQ2d")
            Assert.NotNull(Refused(new PickleBytes().Op(code)));
        Assert.NotNull(Refused(new PickleBytes()));
        Assert.NotNull(Refused(new PickleBytes().Op('(').Op('N').Op('(').Raw(0x85)));
        Assert.Contains("4294967295 bytes long", Refused(new PickleBytes().Raw((byte)'X', 255, 255, 255, 255)).Message, StringComparison.Ordinal);
        Assert.Contains("18446744073709551615", Refused(new PickleBytes().Raw(0x8D, 255, 255, 255, 255, 255, 255, 255, 255)).Message, StringComparison.Ordinal);
        Assert.Contains("UTF-8", Refused(new PickleBytes().Raw(0x8C, 2, 0xC3, 0x28)).Message, StringComparison.Ordinal);
        Assert.Contains("memo", Refused(new PickleBytes().Raw((byte)'h', 9)).Message, StringComparison.Ordinal);
        Assert.Contains("whole number", Refused(new PickleBytes().Raw(0x8B, 255, 255, 255, 127)).Message, StringComparison.Ordinal);
        Assert.Contains("key", Refused(new PickleBytes().Op('}').Op('N').Op('N').Op('s')).Message, StringComparison.Ordinal);
        Assert.Contains("key", Refused(new PickleBytes().Op('}').Op('(').Text("a").Op('N').Text("a").Op('N').Op('u')).Message, StringComparison.Ordinal);
        Assert.Contains("protocol", Refused(new PickleBytes().Raw(0x80, 9)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_prefix_of_both_formats_is_refused()
    {
        HostileFiles.EveryPrefixIsRefused(_folder, "cut.pt", SmallZip(), ReadAll);
        HostileFiles.EveryPrefixIsRefused(_folder, "cut.bin", SmallLegacy(), ReadAll);
    }

    [Fact]
    public void Random_damage_is_read_or_refused()
    {
        HostileFiles.DamageIsReadOrRefused(_folder, "damaged.pt", SmallZip(), rounds: 1500, seed: 5, ReadAll);
        HostileFiles.DamageIsReadOrRefused(_folder, "damaged.bin", SmallLegacy(), rounds: 1500, seed: 6, ReadAll);
    }

    [Fact]
    public void A_folder_of_torch_shards_opens_as_one_set()
    {
        File.WriteAllBytes(_folder["s1.bin"], TorchBytes.Zip(new PickleBytes().Op('}').Text("a").Tensor("FloatStorage", "0", 1, 0, [1], [1]).Op('s').ToArray(), storages: ("0", Floats(1))));
        File.WriteAllBytes(_folder["s2.bin"], TorchBytes.Zip(new PickleBytes().Op('}').Text("b").Tensor("FloatStorage", "0", 1, 0, [1], [1]).Op('s').ToArray(), storages: ("0", Floats(2))));
        File.WriteAllText(_folder["pytorch_model.bin.index.json"], """{"metadata":{},"weight_map":{"a":"s1.bin","b":"s2.bin"}}""");
        using var set = TensorFileSet.Open(_folder.Root);
        Assert.Equal([1f, 2f], [set["a"].Values[0], set["b"].Values[0]]);
    }

    public void Dispose() => _folder.Dispose();

    private static void CheckCheckpoint(TorchFile file)
    {
        Assert.Equal(["state_dict.w", "state_dict.w_t", "state_dict.bias"], file.Names);
        Assert.Equal([2, 3], file["state_dict.w"].Shape.ToArray());
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], file["state_dict.w"].Values.ToArray());
        Assert.Equal([3, 2], file["state_dict.w_t"].Shape.ToArray());
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], file["state_dict.w_t"].Values.ToArray());
        Assert.Equal(DType.BF16, file["state_dict.bias"].DType);
        Assert.Equal([(ushort)0x3F80], file["state_dict.bias"].As<ushort>().ToArray());
        var root = Assert.IsType<TorchDictionary>(file.Root);
        Assert.Equal(7, Assert.IsType<TorchInteger>(Value(root, "epoch")).Value);
        Assert.Equal(0.5, Assert.IsType<TorchNumber>(Value(root, "lr")).Value);
        Assert.Equal("naïve", Assert.IsType<TorchText>(Value(root, "name")).Value);
        Assert.Equal(-3_000_000_000, Assert.IsType<TorchInteger>(Value(root, "big")).Value);
        Assert.Equal("True False None", string.Join(' ', Assert.IsType<TorchSequence>(Value(root, "flags")).Items));
        Assert.True(Assert.IsType<TorchSequence>(Value(root, "pair")) is { IsTuple: true, Items.Count: 4 });
        Assert.True(Assert.IsType<TorchDictionary>(Value(root, "state_dict")).Attributes!.TryGet("_metadata", out _));
    }

    private static TorchValue Value(TorchDictionary dictionary, string key) => dictionary.TryGet(key, out var value) ? value : throw new KeyNotFoundException(key);

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static void ReadAll(string path)
    {
        using var file = TorchFile.Load(path);
        foreach (string name in file.Names)
            Assert.NotNull(file[name]);
    }

    private static byte[] SmallZip() => TorchBytes.Zip(Convert.FromBase64String(Protocol4), storages: [("0", Floats(1, 2, 3, 4, 5, 6)), ("1", [0, 0, 0x80, 0x3F])]);

    private static byte[] SmallLegacy() => TorchBytes.Legacy(Convert.FromBase64String(Protocol2), ("0", 6, Floats(1, 2, 3, 4, 5, 6)), ("1", 2, [0, 0, 0x80, 0x3F]));

    private string Save(PickleBytes pickle) => _folder.Write("made.pt", TorchBytes.Zip(pickle.ToArray(), storages: ("0", Floats(1, 2))));

    private TensorFileException Refused(PickleBytes pickle)
    {
        var error = Assert.Throws<TensorFileException>(() => TorchFile.Load(Save(pickle)));
        Assert.Contains("made.pt", error.Message, StringComparison.Ordinal);
        return error;
    }
}
