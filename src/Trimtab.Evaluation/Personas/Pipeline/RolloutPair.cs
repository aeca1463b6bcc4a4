using Trimtab.Evaluation.Judges;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// One question, answered under both instructions of a pair: a row of rollouts.jsonl. That both answers stand in one row is what keeps them together.
/// </summary>
/// <param name="Instruction">The number of the pair of instructions, from 0.</param>
/// <param name="Sample">The number of the draw, from 0.</param>
/// <param name="Question">The question.</param>
/// <param name="Positive">The answer under the instruction that asks for the trait.</param>
/// <param name="Negative">The answer under the one that asks for its opposite.</param>
public sealed record RolloutPair(int Instruction, int Sample, string Question, string Positive, string Negative);

/// <summary>What the judges said of one answer.</summary>
/// <param name="Trait">How much of the trait it shows.</param>
/// <param name="Coherence">Whether it is sound.</param>
public sealed record JudgedAnswer(Verdict Trait, Verdict Coherence);

/// <summary>What the judges said of a pair: a row of judged.jsonl, in the order of rollouts.jsonl.</summary>
/// <param name="Positive">Of the answer that was asked to show the trait.</param>
/// <param name="Negative">Of the other one.</param>
public sealed record JudgedPair(JudgedAnswer Positive, JudgedAnswer Negative);
