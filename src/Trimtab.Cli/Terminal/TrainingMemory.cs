namespace Trimtab.Cli;

/// <summary>The memory that training may take.</summary>
internal static class TrainingMemory
{
    /// <summary>What the machine has, or what the process is allowed of it.</summary>
    public static long AvailableBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
