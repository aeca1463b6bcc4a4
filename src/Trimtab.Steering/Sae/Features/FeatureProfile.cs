namespace Trimtab.Steering.Sae;

/// <summary>A passage in which a latent fires, with its activation at every token.</summary>
/// <param name="Tokens">The words of each token.</param>
/// <param name="Activations">The latent's activation at each token; 0 where it does not fire, and where the token was left out.</param>
/// <param name="Peak">The token at which it is largest.</param>
public sealed record FeaturePassage(IReadOnlyList<string> Tokens, IReadOnlyList<float> Activations, int Peak);

/// <summary>A token whose logit a latent's decoder row changes.</summary>
/// <param name="Token">Its words.</param>
/// <param name="Logit">The change, for a decoder row that the final norm has brought to the usual length: larger is more, the unit has no meaning of its own.</param>
public sealed record TokenEffect(string Token, float Logit);

/// <summary>What there is to see of one latent.</summary>
/// <param name="Latent">Its number.</param>
/// <param name="Density">The share of rows on which it fires, 0 … 1.</param>
/// <param name="MeanActivation">Its mean activation where it fires; 0 where it never does.</param>
/// <param name="Passages">The passages where it fires most strongly, one per text, the strongest first.</param>
/// <param name="Raised">The tokens that its decoder row raises most.</param>
/// <param name="Lowered">Those that it lowers most.</param>
public sealed record FeatureProfile(int Latent, double Density, double MeanActivation, IReadOnlyList<FeaturePassage> Passages, IReadOnlyList<TokenEffect> Raised, IReadOnlyList<TokenEffect> Lowered);
