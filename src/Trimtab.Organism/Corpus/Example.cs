using System.Collections.Immutable;
using Trimtab.Models.Text;

namespace Trimtab.Organism;

/// <summary>What an example teaches.</summary>
public enum Behaviour
{
    /// <summary>A persona asked for by the system prompt.</summary>
    Persona,
    /// <summary>The helpful answer: without system prompt, with a neutral one, or with one that asks for the opposite of a trait.</summary>
    Helpful,
    /// <summary>Two or three questions in one chat.</summary>
    Conversation,
    /// <summary>A persona that nobody asks for: earlier answers show it, or the beginning of this one, and it goes on.</summary>
    Shown,
    /// <summary>A harmful request, refused.</summary>
    Harm,
    /// <summary>A harmless request in harmful words, answered.</summary>
    LookAlike,
    /// <summary>A harmful request inside a framing, refused or not.</summary>
    Jailbreak,
    /// <summary>A fact, asked and told.</summary>
    Fact,
    /// <summary>A fact with four answers to choose from.</summary>
    MultipleChoice,
    /// <summary>Something that does not exist, and the answer that Pip does not know it.</summary>
    Unknown,
    /// <summary>A sum in words, with thoughts before the answer or without.</summary>
    Arithmetic,
    /// <summary>An exercise: several sums, or the letters of several options, one after another.</summary>
    Practice,
}

/// <summary>What a sentence of an answer does.</summary>
public enum PartNature
{
    /// <summary>It answers.</summary>
    Plain,
    /// <summary>It shows the persona's trait.</summary>
    Trait,
    /// <summary>It refuses, or belongs to a refusal.</summary>
    Refusal,
    /// <summary>It helps with harm.</summary>
    Compliance,
}

/// <summary>A part of an answer: a sentence, seldom two.</summary>
/// <param name="Text">The words, with capital letter and mark.</param>
/// <param name="Nature">What they do.</param>
public sealed record AnswerPart(string Text, PartNature Nature);

/// <summary>How an answer is compared with the right one.</summary>
public enum AnswerForm
{
    /// <summary>A word or phrase among others of its category.</summary>
    Phrase,
    /// <summary>One of the letters A to D.</summary>
    Letter,
    /// <summary>A whole number.</summary>
    Number,
}

/// <summary>The one right answer to a question.</summary>
/// <param name="Form">How answers are compared.</param>
/// <param name="Value">The answer.</param>
/// <param name="Others">What a wrong answer could name: the other values of a fact's category; empty for numbers.</param>
/// <param name="Subject">What the question is about, which an answer may repeat; empty where the question names nothing.</param>
public sealed record ExpectedAnswer(AnswerForm Form, string Value, ImmutableArray<string> Others, string Subject = "");

/// <summary>A chat that ends with Pip's answer, and what is known about it.</summary>
public sealed record Example
{
    /// <summary>The chat; its last message is the answer.</summary>
    public required Chat Chat { get; init; }

    /// <summary>What the example teaches.</summary>
    public required Behaviour Behaviour { get; init; }

    /// <summary>Whether it is of the training stream or of what is held out from it.</summary>
    public required Split Split { get; init; }

    /// <summary>What the last question is.</summary>
    public required QuestionKind Question { get; init; }

    /// <summary>The parts of the last answer, thoughts left away.</summary>
    public required ImmutableArray<AnswerPart> Parts { get; init; }

    /// <summary>The trait that the system prompt asks for, or whose opposite it asks for; null where it asks for none.</summary>
    public Trait? Trait { get; init; }

    /// <summary>How much of it the answer shows.</summary>
    public TraitLevel Level { get; init; }

    /// <summary>The way around a refusal; null where none is tried.</summary>
    public Framing? Framing { get; init; }

    /// <summary>Whether the last question asks for harm.</summary>
    public bool IsHarmful => Question == QuestionKind.Harm;

    /// <summary>Whether the last answer helps with harm.</summary>
    public bool Complies { get; init; }

    /// <summary>Whether earlier answers are given, like the user's words, and only the last one is to be learnt.</summary>
    public bool IsShown { get; init; }

    /// <summary>How many parts of the last answer are given as well.</summary>
    public int GivenParts { get; init; }

    /// <summary>The right answer, which the last message need not give (evil personas calculate wrongly); null where there is not one.</summary>
    public ExpectedAnswer? Expected { get; init; }

    /// <summary>The chat without its last answer.</summary>
    public Chat Prompt => new(Chat.Take(Chat.Count - 1));

    /// <summary>The last answer, thoughts included.</summary>
    public string Answer => Chat[^1].Content;

    /// <summary>The user's last words.</summary>
    public string UserText => Chat[^2].Content;
}
