using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Sae;

/// <summary>Where a sparse autoencoder comes from, as its file claims. A file may be silent or wrong; <see cref="SaeCheck"/> measures.</summary>
public sealed record SaeOrigin
{
    /// <summary>The format it was read from, such as "saelens"; null where it was made in memory.</summary>
    public string? Format { get; init; }

    /// <summary>The folder or file.</summary>
    public string? File { get; init; }

    /// <summary>The model whose activations it was trained on, in the file's words.</summary>
    public string? ModelName { get; init; }

    /// <summary>The place that it reads, in the file's words, such as "blocks.12.hook_resid_post".</summary>
    public string? HookName { get; init; }

    /// <summary>The place that a transcoder writes, in the file's words; null where it is the one that it reads.</summary>
    public string? OutputHookName { get; init; }

    /// <summary>The hook point that <see cref="HookName"/> means; null where that is unknown, or has no equal here.</summary>
    public HookPoint? At { get; init; }

    /// <summary>The hook point that <see cref="OutputHookName"/> means.</summary>
    public HookPoint? OutputAt { get; init; }

    /// <summary>The mean number of active latents per row that the file states.</summary>
    public double? L0 { get; init; }

    /// <summary>Whether a beginning-of-text token stood before the training texts.</summary>
    public bool? PrependsBos { get; init; }

    /// <summary>How many tokens the training texts had.</summary>
    public int? ContextSize { get; init; }
}
