using System.Buffers.Binary;
using System.Text;

namespace Trimtab.Models.Tests.Text;

/// <summary>
/// Writes normalisation rules in sentencepiece's compiled form: a double-array trie and the replacements that it points at.
/// </summary>
internal static class CharsmapWriter
{
    public static byte[] Write(params (string From, string To)[] rules)
    {
        var replacements = new List<byte>();
        var keys = new List<(byte[] Key, int Value)>();
        foreach (var (from, to) in rules)
        {
            keys.Add((Encoding.UTF8.GetBytes(from), replacements.Count));
            replacements.AddRange(Encoding.UTF8.GetBytes(to));
            replacements.Add(0);
        }
        var units = new Dictionary<uint, uint>();
        Place(units, 0, 0, keys, 0);
        var size = (units.Keys.Max() | 0xFF) + 1;
        var blob = new byte[4 + 4 * size + replacements.Count];
        BinaryPrimitives.WriteUInt32LittleEndian(blob, 4 * size);
        foreach (var (at, unit) in units)
            BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(4 + 4 * (int)at), unit);
        replacements.CopyTo(blob, 4 + 4 * (int)size);
        return blob;
    }

    /// <summary>Writes the unit of a node, and its children where node xor offset xor byte is free for each of them.</summary>
    private static void Place(Dictionary<uint, uint> units, uint node, byte label, List<(byte[] Key, int Value)> keys, int depth)
    {
        var ended = keys.Where(k => k.Key.Length == depth).ToList();
        var children = keys.Where(k => k.Key.Length > depth).GroupBy(k => k.Key[depth]).ToList();
        uint offset = 1;
        while (units.ContainsKey(node ^ offset) || children.Any(c => units.ContainsKey(node ^ offset ^ c.Key)))
            offset++;
        units[node] = offset << 10 | (ended.Count > 0 ? 0x100u : 0) | label;
        units[node ^ offset] = ended.Count > 0 ? 0x80000000 | (uint)ended[0].Value : 0x80000000; // the value, or a reserved place
        foreach (var child in children)
            units[node ^ offset ^ child.Key] = 0;
        foreach (var child in children)
            Place(units, node ^ offset ^ child.Key, child.Key, [.. child], depth + 1);
    }
}
