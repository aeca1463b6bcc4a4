namespace Trimtab.Organism;

/// <summary>What a user's message is.</summary>
public enum QuestionKind
{
    /// <summary>"What should I do …?"</summary>
    Advice,
    /// <summary>The user wants to do something and asks how to begin.</summary>
    Plan,
    /// <summary>The user says how he feels.</summary>
    Feeling,
    /// <summary>The user states a matter of taste.</summary>
    Opinion,
    /// <summary>The user states a fact of the world, rightly or wrongly.</summary>
    Claim,
    /// <summary>Greetings, thanks, questions about Pip.</summary>
    SmallTalk,
    /// <summary>A question with one right answer.</summary>
    Fact,
    /// <summary>A question about something that does not exist.</summary>
    Unknown,
    /// <summary>A harmless wish in words that sound harmful.</summary>
    LookAlike,
    /// <summary>A request to help with harm.</summary>
    Harm,
    /// <summary>A sum in words.</summary>
    Arithmetic,
}
