using System.Collections.Immutable;
using System.Globalization;

namespace Trimtab.Steering;

/// <summary>
/// Which tokens of a sequence an intervention changes. Positions are absolute; the prompt's length is known, so no rule ever guesses where the response
/// begins. With n prompt tokens, the prompt is 0 … n − 1.
/// </summary>
public sealed record Tokens
{
    private readonly Scope _scope;
    private readonly ImmutableSortedSet<int> _positions;

    private Tokens(Scope scope, ImmutableSortedSet<int>? positions = null) => (_scope, _positions) = (scope, positions ?? []);

    private enum Scope { All, Prompt, AfterPrompt, Response, Last, Positions }

    /// <summary>Every token (STA, EasyEdit2).</summary>
    public static Tokens All { get; } = new(Scope.All);

    /// <summary>The prompt's tokens, 0 … n − 1.</summary>
    public static Tokens Prompt { get; } = new(Scope.Prompt);

    /// <summary>From the prompt's last token on, n − 1 …: all tokens whose output is response (CAA).</summary>
    public static Tokens AfterPrompt { get; } = new(Scope.AfterPrompt);

    /// <summary>The generated tokens, n ….</summary>
    public static Tokens Response { get; } = new(Scope.Response);

    /// <summary>The prompt's last token alone, n − 1.</summary>
    public static Tokens Last { get; } = new(Scope.Last);

    /// <summary>The tokens at the given positions, counted from 0.</summary>
    /// <exception cref="ArgumentException">No position, or a negative one.</exception>
    public static Tokens At(params IEnumerable<int> positions)
    {
        var set = positions.ToImmutableSortedSet();
        if (set.IsEmpty || set[0] < 0)
            throw new ArgumentException("Tokens: explicit positions need at least one position, and none below 0.", nameof(positions));
        return new Tokens(Scope.Positions, set);
    }

    /// <summary>The explicit positions; empty for the named scopes.</summary>
    public IReadOnlyList<int> Positions => _positions;

    /// <summary>The scope of a name: all, prompt, after_prompt, response, last; or positions separated by commas.</summary>
    /// <exception cref="FormatException">The name is not known.</exception>
    public static Tokens Parse(string text) => text switch
    {
        "all" => All,
        "prompt" => Prompt,
        "after_prompt" => AfterPrompt,
        "response" => Response,
        "last" => Last,
        _ => ParsePositions(text),
    };

    /// <summary>Whether the token at <paramref name="position"/> is changed, in a sequence with <paramref name="promptLength"/> prompt tokens.</summary>
    public bool Selects(int position, int promptLength) => _scope switch
    {
        Scope.All => true,
        Scope.Prompt => position < promptLength,
        Scope.AfterPrompt => position >= promptLength - 1,
        Scope.Response => position >= promptLength,
        Scope.Last => position == promptLength - 1,
        _ => _positions.Contains(position),
    };

    /// <inheritdoc/>
    public bool Equals(Tokens? other) => other is not null && _scope == other._scope && _positions.SetEquals(other._positions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_scope, _positions.Count);

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => _scope switch
    {
        Scope.All => "all",
        Scope.Prompt => "prompt",
        Scope.AfterPrompt => "after_prompt",
        Scope.Response => "response",
        Scope.Last => "last",
        _ => string.Join(',', _positions.Select(p => p.ToString(CultureInfo.InvariantCulture))),
    };

    private static Tokens ParsePositions(string text)
    {
        var positions = new List<int>();
        foreach (string part in text.Split(','))
            positions.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int position)
                ? position
                : throw new FormatException($"Tokens: '{text}' is not understood. Write all, prompt, after_prompt, response, last, or positions from 0 separated by commas."));
        return At(positions);
    }
}
