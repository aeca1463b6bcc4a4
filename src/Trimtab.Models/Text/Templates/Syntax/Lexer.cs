using System.Text;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>
/// Cuts a template's source into tokens, in the setting Hugging Face renders chat templates in: a line end right after a block is
/// dropped (trim_blocks), and so are blanks between the start of a line and a block (lstrip_blocks).
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;

    // Whether what came last ended a line; blanks before the next block stand at the start of theirs, then.
    private bool _lineStarts = true;

    private Lexer(string source) => _source = source;

    public static List<Token> Tokenize(string source)
    {
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (_position < _source.Length)
        {
            var tag = NextTag(_position);
            if (tag < 0)
            {
                AddData(_position, _source.Length);
                _position = _source.Length;
            }
            else if (_source[tag + 1] == '{')
            {
                Open(tag, TokenKind.PrintBegin);
                new ExpressionLexer(_source, _tokens).Run(ref _position, ref _line, "}}");
                Close("}}", TokenKind.PrintEnd, trimsLine: false);
            }
            else if (_source[tag + 1] == '#')
            {
                Comment(tag);
            }
            else if (RawBegin(tag) is { } begin)
            {
                Raw(tag, begin);
            }
            else
            {
                Open(tag, TokenKind.BlockBegin);
                new ExpressionLexer(_source, _tokens).Run(ref _position, ref _line, "%}");
                Close("%}", TokenKind.BlockEnd, trimsLine: true);
            }
        }
        _tokens.Add(new Token(TokenKind.End, "", _line));
    }

    private int NextTag(int from)
    {
        for (var i = from; _source.IndexOf('{', i) is >= 0 and var brace && brace + 1 < _source.Length; i = brace + 1)
            if (_source[brace + 1] is '{' or '%' or '#')
                return brace;
        return -1;
    }

    private void Open(int tag, TokenKind kind)
    {
        TextBefore(tag, isBlock: kind == TokenKind.BlockBegin);
        _tokens.Add(new Token(kind, "", _line));
    }

    // Prints the text before a tag, less what the tag strips of it, and steps behind the tag's sign.
    private void TextBefore(int tag, bool isBlock)
    {
        var sign = tag + 2 < _source.Length ? _source[tag + 2] : ' ';
        var end = tag;
        if (sign == '-')
            while (end > _position && Characters.IsSpace(_source[end - 1])) end--;
        else if (isBlock && sign != '+')
            end = WithoutIndentation(tag);
        AddData(_position, end);
        _line += _source.AsSpan(end..tag).Count('\n');
        _position = tag + (sign is '-' or '+' ? 3 : 2);
    }

    private int WithoutIndentation(int tag)
    {
        var start = tag;
        while (start > _position && _source[start - 1] != '\n')
            if (!Characters.IsSpace(_source[--start]))
                return tag;
        return start > _position || _lineStarts ? start : tag;
    }

    private void AddData(int start, int end)
    {
        if (end > start) _tokens.Add(new Token(TokenKind.Data, _source[start..end], _line));
        _line += _source.AsSpan(start..end).Count('\n');
    }

    private void Close(string mark, TokenKind kind, bool trimsLine)
    {
        _tokens.Add(new Token(kind, "", _line));
        PassEnd(mark, trimsLine);
    }

    // At the end of a tag: '-' drops the blanks that follow, a block drops one line end unless '+' keeps it.
    private void PassEnd(string mark, bool trimsLine)
    {
        var start = _position;
        var sign = _source[_position] is '-' or '+' ? _source[_position++] : ' ';
        _position += mark.Length;
        if (sign == '-')
            while (_position < _source.Length && Characters.IsSpace(_source[_position])) _position++;
        else if (trimsLine && sign != '+' && _position < _source.Length && _source[_position] == '\n')
            _position++;
        _line += _source.AsSpan(start.._position).Count('\n');
        _lineStarts = _source[_position - 1] == '\n';
    }

    private void Comment(int tag)
    {
        TextBefore(tag, isBlock: true);
        var end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0) throw Fault.Syntax("missing end of comment tag", _line);
        if (end > _position && _source[end - 1] is '-' or '+' && end > _position) end--;
        _line += _source.AsSpan(_position..end).Count('\n');
        _position = end;
        PassEnd("#}", trimsLine: true);
    }

    /// <summary>The offset behind <c>{% raw %}</c>, if that is the tag here.</summary>
    private int? RawBegin(int tag) => Keyword(tag, "raw") is not { } end ? null
        : Follows(end, "-%}") ? SkipSpace(end + 3)
        : Follows(end, "%}") ? end + 2
        : null;

    // {% word: the offset behind the word and the blanks after it.
    private int? Keyword(int tag, string word)
    {
        var start = tag + 2;
        if (start < _source.Length && _source[start] is '-' or '+' && start < _source.Length) start++;
        start = SkipSpace(start);
        return Follows(start, word) ? SkipSpace(start + word.Length) : null;
    }

    private void Raw(int tag, int begin)
    {
        TextBefore(tag, isBlock: true);
        _line += _source.AsSpan(_position..begin).Count('\n');
        _position = begin;
        _lineStarts = _source[begin - 1] == '\n';
        for (var from = begin; _source.IndexOf("{%", from, StringComparison.Ordinal) is >= 0 and var close; from = close + 2)
            if (Keyword(close, "endraw") is { } end && (Follows(end, "%}") || Follows(end, "-%}") || Follows(end, "+%}")))
            {
                TextBefore(close, isBlock: true);
                _line += _source.AsSpan(_position..end).Count('\n');
                _position = end;
                PassEnd("%}", trimsLine: true);
                return;
            }
        if (begin < _source.Length) throw Fault.Syntax("missing end of raw directive", _line);
    }

    private bool Follows(int position, string text) => _source.AsSpan(position).StartsWith(text, StringComparison.Ordinal);

    private int SkipSpace(int position)
    {
        while (position < _source.Length && Characters.IsSpace(_source[position])) position++;
        return position;
    }
}
