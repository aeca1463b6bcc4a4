namespace Trimtab.Training;

/// <summary>What one step of training did.</summary>
/// <param name="Step">Which step, from 1 once it is done.</param>
/// <param name="Loss">The mean cross-entropy of its tokens before the step, in nats.</param>
/// <param name="GradientNorm">The length of all gradients before they were cut.</param>
/// <param name="LearningRate">What the step was made with.</param>
/// <param name="Tokens">Tokens that went through the model.</param>
/// <param name="LossTokens">Those of them that have a loss.</param>
/// <param name="Penalty">What a penalty added to the loss; 0 where there is none.</param>
public sealed record TrainingStep(long Step, double Loss, double GradientNorm, double LearningRate, int Tokens, int LossTokens, double Penalty = 0);
