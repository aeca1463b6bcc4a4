using System.Text;
using Trimtab.Models.Text.Templates.Formatting;

namespace Trimtab.Models.Text.Templates.Values;

/// <summary>The methods of Python's str. Those of markup return markup, and escape the text they take in.</summary>
internal static class StringMethods
{
    private static readonly string[] Unsupported = ["encode", "translate", "maketrans"];

    private static readonly Dictionary<string, Method<StringValue>> Methods = new()
    {
        ["capitalize"] = new("", (run, s, _) => Made(s, Characters.Capitalize(s.Text), run)),
        ["casefold"] = new("", (run, s, _) => Made(s, Characters.Fold(s.Text), run)),
        ["center"] = new("width, fillchar?", (run, s, a) => StringLayout.Center(s, a.Integer(0, 0), Fill(a), run.Budget)),
        ["count"] = new("sub, start?, end?", (run, s, a) => new IntValue(Count(s, a, run))),
        ["endswith"] = new("suffix, start?, end?", (run, s, a) => AnyAffix(run, s, a, "endswith", (text, end) => text.EndsWith(end))),
        ["expandtabs"] = new("tabsize?", (run, s, a) => StringLayout.ExpandTabs(s, a.Integer(0, 8), run.Budget)),
        ["find"] = new("sub, start?, end?", (run, s, a) => new IntValue(Find(s, a, run))),
        ["format"] = new("*values, **named", (run, s, a) => Made(s, new BraceFormat(a, Writer(s, run), run).Fill(s.Text), run)),
        ["index"] = new("sub, start?, end?", (run, s, a) => Found(Find(s, a, run))),
        ["isalnum"] = new("", (_, s, _) => All(s, Characters.IsAlphanumeric)),
        ["isalpha"] = new("", (_, s, _) => All(s, Rune.IsLetter)),
        ["isascii"] = new("", (_, s, _) => BoolValue.Of(Ascii.IsValid(s.Text))),
        ["isdecimal"] = new("", (_, s, _) => All(s, Rune.IsDigit)),
        ["isdigit"] = new("", (_, s, _) => All(s, Characters.IsDigit)),
        ["isidentifier"] = new("", (_, s, _) => BoolValue.Of(IsIdentifier(s.Text))),
        ["islower"] = new("", (_, s, _) => BoolValue.Of(IsLower(s.Text))),
        ["isnumeric"] = new("", (_, s, _) => All(s, Characters.IsNumeric)),
        ["isprintable"] = new("", (_, s, _) => BoolValue.Of(s.Text.EnumerateRunes().All(Characters.IsPrintable))),
        ["isspace"] = new("", (_, s, _) => BoolValue.Of(s.Text.Length > 0 && s.Text.All(Characters.IsSpace))),
        ["istitle"] = new("", (run, s, _) => BoolValue.Of(IsTitle(s.Text, run.Budget))),
        ["isupper"] = new("", (_, s, _) => BoolValue.Of(IsUpper(s.Text))),
        ["join"] = new("iterable", (run, s, a) => Join(s, a[0]!, run)),
        ["ljust"] = new("width, fillchar?", (run, s, a) => StringLayout.Pad(s, 0, a.Integer(0, 0) - s.Length!.Value, Fill(a), run.Budget)),
        ["lower"] = new("", (run, s, _) => Made(s, Characters.Lower(s.Text), run)),
        ["lstrip"] = new("chars?", (_, s, a) => Strip(s, a.Given(0), left: true, right: false)),
        ["partition"] = new("sep", (run, s, a) => Partition(s, a.Text(0), last: false, run.Budget)),
        ["removeprefix"] = new("prefix", (_, s, a) => WithoutPrefix(s, a.Text(0))),
        ["removesuffix"] = new("suffix", (_, s, a) => WithoutSuffix(s, a.Text(0))),
        ["replace"] = new("old, new, count?", Replace),
        ["rfind"] = new("sub, start?, end?", (run, s, a) => new IntValue(Find(s, a, run, last: true))),
        ["rindex"] = new("sub, start?, end?", (run, s, a) => Found(Find(s, a, run, last: true))),
        ["rjust"] = new("width, fillchar?", (run, s, a) => StringLayout.Pad(s, a.Integer(0, 0) - s.Length!.Value, 0, Fill(a), run.Budget)),
        ["rpartition"] = new("sep", (run, s, a) => Partition(s, a.Text(0), last: true, run.Budget)),
        ["rsplit"] = new("sep?, maxsplit?", (run, s, a) => StringSplit.SplitRight(s, Separator(a), a.Integer(1, -1), run.Budget)),
        ["rstrip"] = new("chars?", (_, s, a) => Strip(s, a.Given(0), left: false, right: true)),
        ["split"] = new("sep?, maxsplit?", (run, s, a) => StringSplit.Split(s, Separator(a), a.Integer(1, -1), run.Budget)),
        ["splitlines"] = new("keepends?", (run, s, a) => StringSplit.Lines(s, a.Flag(0), run.Budget)),
        ["startswith"] = new("prefix, start?, end?", (run, s, a) => AnyAffix(run, s, a, "startswith", (text, start) => text.StartsWith(start))),
        ["strip"] = new("chars?", (_, s, a) => Strip(s, a.Given(0), left: true, right: true)),
        ["swapcase"] = new("", (run, s, _) => Made(s, SwapCase(s.Text), run)),
        ["title"] = new("", (run, s, _) => Made(s, StringLayout.Title(s.Text, run.Budget), run)),
        ["upper"] = new("", (run, s, _) => Made(s, Characters.Upper(s.Text), run)),
        ["zfill"] = new("width", (run, s, a) => StringLayout.ZeroFill(s, a.Integer(0, 0), run.Budget)),
    };

    public static Value? Find(StringValue self, string name) =>
        Methods.TryGetValue(name, out var method) ? new MethodValue<StringValue>(self, name, method)
        : Unsupported.Contains(name) ? new UndefinedValue($"the method '{name}' of texts is not supported in chat templates")
        : null;

    /// <summary>The words between blanks.</summary>
    public static IEnumerable<string> Words(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (Characters.IsSpace(text[i])) continue;
            var start = i;
            while (i < text.Length && !Characters.IsSpace(text[i])) i++;
            yield return text[start..i];
        }
    }

    /// <summary>Without the blanks, or the given characters, at its ends.</summary>
    public static StringValue Strip(StringValue self, Value? characters, bool left, bool right)
    {
        Func<char, bool>? isStripped = characters switch
        {
            null => Characters.IsSpace,
            StringValue set when set.Length != set.Text.Length => null,
            StringValue set => InSet(set.Text),
            UndefinedValue missing => throw missing.Error(),
            _ => throw Fault.Runtime("strip arg must be None or str"),
        };
        if (isStripped is null) return StripPairs(self, ((StringValue)characters!).Iterate(), left, right);
        var (start, end, text) = (0, self.Text.Length, self.Text);
        while (left && start < end && isStripped(text[start])) start++;
        while (right && end > start && isStripped(text[end - 1])) end--;
        return Part(self, start, end);
    }

    public static bool IsLower(string text) => text.EnumerateRunes().Any(Characters.IsCased)
        && !text.EnumerateRunes().Any(rune => Characters.IsCased(rune) && !Characters.IsLower(rune));

    public static bool IsUpper(string text) => text.EnumerateRunes().Any(Characters.IsCased)
        && !text.EnumerateRunes().Any(rune => Characters.IsCased(rune) && !Characters.IsUpper(rune));

    public static StringValue Part(StringValue self, int start, int end) =>
        start == 0 && end == self.Text.Length ? self : new StringValue(self.Text[start..end], self.IsMarkup);

    // Different pairs may share a half, so texts with pairs are stripped by whole code points.
    private static StringValue StripPairs(StringValue self, IEnumerable<Value> characters, bool left, bool right)
    {
        var set = characters.Select(character => ((StringValue)character).Text).ToHashSet();
        var (start, end) = (0, (int)self.Length!.Value);
        while (left && start < end && set.Contains(self.CharacterAt(start).Text)) start++;
        while (right && end > start && set.Contains(self.CharacterAt(end - 1).Text)) end--;
        return Part(self, self.OffsetOf(start), self.OffsetOf(end));
    }

    private static Func<char, bool> InSet(string characters)
    {
        var set = characters.ToHashSet();
        return characters.Length == 1 ? character => character == characters[0] : set.Contains;
    }

    private static StringValue Made(StringValue self, string text, Interpreter run)
    {
        run.Budget.Text(text.Length);
        return new StringValue(text, self.IsMarkup);
    }

    // What a method writes of a value it took in.
    private static Func<Value, string> Writer(StringValue self, Interpreter run) =>
        value => self.IsMarkup ? Operators.Escape(value, run.Budget) : Repr.Text(value, run.Budget);

    private static string Taken(StringValue self, Value value, string text, Interpreter run) =>
        self.IsMarkup ? Operators.Escape(value, run.Budget) : text;

    private static string Fill(Bound arguments)
    {
        var fill = arguments.Text(1, " ");
        return new StringValue(fill).Length == 1 ? fill : throw Fault.Runtime("The fill character must be exactly one character long");
    }

    private static string? Separator(Bound arguments) => arguments.Given(0) is null ? null : arguments.Text(0);

    private static StringValue Replace(Interpreter run, StringValue self, Bound arguments)
    {
        var replacement = Taken(self, arguments[1]!, arguments.Text(1), run);
        return StringLayout.Replace(self, arguments.Text(0), replacement, arguments.Integer(2, -1), run.Budget);
    }

    private static StringValue WithoutPrefix(StringValue self, string prefix) =>
        self.Text.StartsWith(prefix, StringComparison.Ordinal) ? Part(self, prefix.Length, self.Text.Length) : self;

    private static StringValue WithoutSuffix(StringValue self, string suffix) =>
        self.Text.EndsWith(suffix, StringComparison.Ordinal) ? Part(self, 0, self.Text.Length - suffix.Length) : self;

    private static bool IsTitle(string text, Budget budget) =>
        text.EnumerateRunes().Any(Characters.IsCased) && StringLayout.Title(text, budget) == text;

    private static BoolValue All(StringValue self, Predicate<Rune> holds)
    {
        foreach (var rune in self.Text.EnumerateRunes())
            if (!holds(rune))
                return BoolValue.False;
        return BoolValue.Of(self.IsTrue);
    }

    // The part between optional start and end, in code points as Python counts, as UTF-16 offsets; start is -1 where nothing can match.
    private static (int Start, int End) Window(StringValue self, Bound arguments)
    {
        var length = self.Length!.Value;
        var (start, end) = (Clip(1, 0), Clip(2, length));
        return start > length || start > end ? (-1, -1) : (self.OffsetOf(start), self.OffsetOf(end));

        long Clip(int parameter, long absent)
        {
            if (arguments.Given(parameter) is null) return absent;
            var index = arguments.Integer(parameter, absent);
            if (index < 0) index = Math.Max(0, index + length);
            return parameter == 2 ? Math.Min(index, length) : index;
        }
    }

    private static int Find(StringValue self, Bound arguments, Interpreter run, bool last = false)
    {
        var (start, end) = Window(self, arguments);
        var needle = arguments.Text(0);
        var found = last
            ? TextSearch.FindLast(self.Text, needle, start, end, run.Budget)
            : TextSearch.Find(self.Text, needle, start, end, run.Budget);
        return found < 0 ? -1 : self.IndexOf(found);
    }

    private static IntValue Found(int index) => index >= 0 ? new IntValue(index) : throw Fault.Runtime("substring not found");

    private static long Count(StringValue self, Bound arguments, Interpreter run)
    {
        var (start, end) = Window(self, arguments);
        var needle = arguments.Text(0);
        if (start < 0) return 0;
        if (needle.Length == 0) return self.IndexOf(end) - self.IndexOf(start) + 1;
        var count = 0L;
        for (; TextSearch.Find(self.Text, needle, start, end, run.Budget) is >= 0 and var found; start = found + needle.Length) count++;
        return count;
    }

    private delegate bool AffixTest(ReadOnlySpan<char> text, ReadOnlySpan<char> affix);

    private static BoolValue AnyAffix(Interpreter run, StringValue self, Bound arguments, string method, AffixTest matches)
    {
        var (start, end) = Window(self, arguments);
        List<Value> affixes = arguments[0] is TupleValue tuple ? tuple.Items : [arguments[0]!];
        foreach (var affix in affixes)
        {
            if (affix is not StringValue text)
                throw (affix as UndefinedValue)?.Error()
                    ?? Fault.Runtime($"{method} first arg must be str or a tuple of str, not {affix.TypeName}");
            run.Budget.Scan(text.Text.Length);
            if (start >= 0 && matches(self.Text.AsSpan(start..end), text.Text)) return BoolValue.True;
        }
        return BoolValue.False;
    }

    private static StringValue Join(StringValue self, Value items, Interpreter run)
    {
        var (result, separator, position) = (new BoundedText(run.Budget), "", 0);
        foreach (var item in items.Iterate() ?? throw Fault.Runtime("can only join an iterable"))
        {
            run.Budget.Step();
            if (item is not StringValue text)
                throw (item as UndefinedValue)?.Error()
                    ?? Fault.Runtime($"sequence item {position}: expected str instance, {item.TypeName} found");
            result.Add(separator).Add(Taken(self, text, text.Text, run));
            (separator, position) = (self.Text, position + 1);
        }
        return new StringValue(result.ToString(), self.IsMarkup);
    }

    private static TupleValue Partition(StringValue self, string separator, bool last, Budget budget)
    {
        if (separator.Length == 0) throw Fault.Runtime("empty separator");
        var found = last
            ? TextSearch.FindLast(self.Text, separator, 0, self.Text.Length, budget)
            : TextSearch.Find(self.Text, separator, 0, self.Text.Length, budget);
        if (found < 0) return last ? new([StringValue.Empty, StringValue.Empty, self]) : new([self, StringValue.Empty, StringValue.Empty]);
        var end = found + separator.Length;
        return new([Part(self, 0, found), Part(self, found, end), Part(self, end, self.Text.Length)]);
    }

    private static string SwapCase(string text) => string.Concat(text.EnumerateRunes()
        .Select(rune => Characters.IsUpper(rune) ? Characters.Lower(rune.ToString()) : Characters.Upper(rune.ToString())));

    private static bool IsIdentifier(string text) => text.Length > 0 && Characters.IsNameStart(text.EnumerateRunes().First())
        && text.EnumerateRunes().All(Characters.IsNamePart);
}
