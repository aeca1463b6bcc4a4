namespace Trimtab.Steering.Monitoring;

/// <summary>What was read of one trait in one answer.</summary>
/// <param name="Trait">The trait's name.</param>
/// <param name="Before">At the token before the answer: what the prompt has made of the model before it says a word.</param>
/// <param name="Mean">The mean over the answer's tokens; null where the row of none was computed.</param>
/// <param name="Largest">The largest of them; null likewise.</param>
/// <param name="LargestAt">The position of the largest, the first where there are several; null likewise.</param>
public sealed record AnswerReading(string Trait, float Before, double? Mean, float? Largest, int? LargestAt);
