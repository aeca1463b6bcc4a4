namespace Trimtab.Tensors.Files;

/// <summary>The checksum of zip entries: CRC-32 with the reflected polynomial 0xEDB88320, eight bytes per step.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Step = 8;

    private static readonly uint[][] Tables = MakeTables();

    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~checksum;
        for (; bytes.Length >= Step; bytes = bytes[Step..])
        {
            crc ^= BitConverter.ToUInt32(bytes);
            crc = Tables[7][(byte)crc] ^ Tables[6][(byte)(crc >> 8)] ^ Tables[5][(byte)(crc >> 16)] ^ Tables[4][crc >> 24]
                ^ Tables[3][bytes[4]] ^ Tables[2][bytes[5]] ^ Tables[1][bytes[6]] ^ Tables[0][bytes[7]];
        }
        foreach (byte value in bytes)
            crc = Tables[0][(byte)(crc ^ value)] ^ crc >> 8;
        return ~crc;
    }

    // Table k holds the effect of a byte that k more bytes follow.
    private static uint[][] MakeTables()
    {
        var tables = new uint[Step][];
        tables[0] = new uint[256];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ Polynomial : crc >> 1;
            tables[0][value] = crc;
        }
        for (int k = 1; k < Step; k++)
            tables[k] = Array.ConvertAll(tables[k - 1], previous => tables[0][(byte)previous] ^ previous >> 8);
        return tables;
    }
}
