namespace Trimtab.Training.Sae;

/// <summary>What a batch costs a sparse autoencoder.</summary>
/// <param name="Total">What is minimised.</param>
/// <param name="Fvu">The fraction of variance unexplained: Σ‖x̂ − x‖² / Σ‖x − x̄‖².</param>
/// <param name="Auxiliary">The loss that revives dead latents (TopK family) or trains the gate (Gated), before its weight; 0 for the others.</param>
/// <param name="L0">The mean number of active latents of a row.</param>
public sealed record SaeLoss(double Total, double Fvu, double Auxiliary, double L0);
