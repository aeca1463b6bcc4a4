using System.Text;

namespace Trimtab.Models.Text.Templates;

/// <summary>A text under construction that pays for its characters before it takes memory for them.</summary>
internal sealed class BoundedText(Budget budget)
{
    // Pieces of a character or two are paid for together.
    private const int CharactersPerPayment = 256;
    private readonly StringBuilder _text = new();
    private long _unpaid;

    public int Length => _text.Length;

    public BoundedText Add(ReadOnlySpan<char> text)
    {
        Pay(text.Length);
        _text.Append(text);
        return this;
    }

    public BoundedText Add(char character, long times = 1)
    {
        if (times <= 0) return this;
        Pay(times);
        _text.Append(character, (int)times);
        return this;
    }

    public BoundedText Add(string text, long times)
    {
        if (times <= 0 || text.Length == 0) return this;
        Pay(text.Length * (double)times);
        for (var i = 0L; i < times; i++)
            _text.Append(text);
        return this;
    }

    public override string ToString() => _text.ToString();

    private void Pay(double characters)
    {
        var length = (long)Math.Min(_text.Length + characters, long.MaxValue / 2);
        if (length > budget.MaxText) budget.Text(length);
        _unpaid += (long)characters;
        if (_unpaid < CharactersPerPayment) return;
        budget.Scan(_unpaid);
        _unpaid = 0;
    }
}
