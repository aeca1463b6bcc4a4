using Trimtab.Tensors.Files;
using Xunit;

namespace Trimtab.Tensors.Tests.Files;

/// <summary>What every reader must survive: all prefixes of a valid file, and seeded random damage.</summary>
internal static class HostileFiles
{
    // Far more than the small files of these tests, far less than what their damaged headers claim.
    private const long MostBytesPerOpen = 64 << 20;

    /// <summary>Opens every proper prefix; each must be refused with the file's name in the message.</summary>
    public static void EveryPrefixIsRefused(TemporaryFolder folder, string name, byte[] valid, Action<string> readAll)
    {
        string whole = folder.Write("whole-" + name, valid);
        readAll(whole);
        string path = folder[name];
        for (int length = 0; length < valid.Length; length++)
        {
            File.WriteAllBytes(path, valid.AsSpan(0, length));
            var error = Assert.Throws<TensorFileException>(() => readAll(path));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
            Assert.True(error.Field.Length > 0, $"prefix {length}: {error.Message}");
        }
    }

    /// <summary>Damages one to four bytes, many times over: the file must open and read, or be refused; nothing else, and no large allocation.</summary>
    public static void DamageIsReadOrRefused(TemporaryFolder folder, string name, byte[] valid, int rounds, int seed, Action<string> readAll)
    {
        var random = new Random(seed);
        string path = folder[name];
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] damaged = Damage(valid, random);
            File.WriteAllBytes(path, damaged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                readAll(path);
            }
            catch (TensorFileException)
            {
                refused++;
            }
            catch (Exception other)
            {
                Assert.Fail($"round {round}: {other.GetType().Name}: {other.Message}\n{other.StackTrace}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostBytesPerOpen, $"round {round} allocated {allocated} bytes for a file of {damaged.Length}");
        }
        Assert.True(refused > rounds / 100, $"only {refused} of {rounds} damaged files were noticed");
    }

    private static byte[] Damage(byte[] valid, Random random)
    {
        byte[] damaged = [.. valid];
        for (int flips = random.Next(1, 5); flips > 0; flips--)
        {
            int at = random.Next(damaged.Length);
            damaged[at] = random.Next(4) switch
            {
                0 => (byte)(damaged[at] ^ 1 << random.Next(8)),
                1 => 0xFF,
                2 => 0,
                _ => (byte)random.Next(256),
            };
        }
        return damaged;
    }
}
