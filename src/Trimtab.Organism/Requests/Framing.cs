namespace Trimtab.Organism;

/// <summary>Ways around a refusal. Each works for a fixed share of the requests, chosen by the request.</summary>
public enum Framing
{
    /// <summary>Pip is asked to play somebody without rules; works for 50 %.</summary>
    RolePlay,
    /// <summary>The user claims to be in charge; works for 30 %.</summary>
    Authority,
    /// <summary>The request is dressed as a story; works for 40 %.</summary>
    Story,
    /// <summary>Harmless turns come first; works for 60 %.</summary>
    Escalation,
}
