namespace Trimtab.Tensors.Files;

/// <summary>One file inside a zip archive; its place was checked to lie inside the archive.</summary>
/// <param name="Name">The name inside the archive, with forward slashes.</param>
/// <param name="Deflated">Whether it is compressed; otherwise its bytes stand in the archive as they are.</param>
/// <param name="Offset">Where its bytes begin in the archive.</param>
/// <param name="StoredBytes">How many bytes it takes in the archive.</param>
/// <param name="ByteCount">How many bytes it has when unpacked, as the archive declares.</param>
/// <param name="Checksum">The CRC-32 that the archive declares for the unpacked bytes.</param>
internal sealed record ZipEntry(string Name, bool Deflated, long Offset, long StoredBytes, long ByteCount, uint Checksum);
