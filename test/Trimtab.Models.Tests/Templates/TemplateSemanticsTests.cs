using System.Text.Json;
using Trimtab.Models.Text;
using Trimtab.Models.Text.Templates;
using Xunit;

namespace Trimtab.Models.Tests.Templates;

/// <summary>
/// What templates mean, statement by statement. The values and run-time errors expected here were confirmed by the reference
/// implementation; the texts of syntax errors are our own.
/// </summary>
public sealed class TemplateSemanticsTests
{
    private static readonly Dictionary<string, object?> Context = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>("""
        {
          "n": 7, "f": 2.5, "t": true, "none": null, "word": "hello", "list": [3, 1, 2], "names": ["b", "a", "C"],
          "dict": {"a": 1, "b": [1, 2]}, "pairs": [[1, 2], [3, 4]],
          "people": [{"name": "Ann", "age": 40}, {"name": "bob", "age": 7}, {"name": "Cy"}]
        }
        """)!.ToDictionary(field => field.Key, field => (object?)field.Value);

    [Theory]
    [InlineData("{% if n > 9 %}a{% elif n > 5 %}b{% else %}c{% endif %}", "b")]
    [InlineData("{% if n %}{% set x = 1 %}{% endif %}{{ x }}", "1")]
    [InlineData("{% for i in list %}{{ i }}{{ ',' if not loop.last }}{% else %}none{% endfor %}", "3,1,2")]
    [InlineData("{% for i in [] %}x{% else %}none{% endfor %}", "none")]
    [InlineData("{% for i in list if i != 1 %}{{ loop.index }}{{ i }}{% endfor %}", "1322")]
    [InlineData("{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "123")]
    [InlineData("{% for i in range(9) %}{% if i is odd %}{% continue %}{% endif %}{% if i > 5 %}{% break %}{% endif %}{{ i }}{% endfor %}", "024")]
    [InlineData("{% for i in [1, [2, [3]]] recursive %}{% if i is sequence %}({{ loop(i) }}){% else %}{{ i }}@{{ loop.depth }}{% endif %}{% endfor %}", "1@1(2@2(3@3))")]
    [InlineData("{% for i in [1, 1, 2] %}{{ loop.changed(i) }}{{ loop.cycle('x', 'y') }} {% endfor %}", "Truex Falsey Truex ")]
    [InlineData("{% for i in list %}{{ loop.previtem }}<{{ loop.nextitem }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.length }} {% endfor %}", "<1323 3<2213 1<103 ")]
    [InlineData("{% for i in list|select('odd') %}{{ loop.length }}{{ loop.last }}{% endfor %}", "2False2True")]
    [InlineData("{% set ns = namespace(n=0) %}{% for i in range(9) if ns.n < 2 %}{{ i }}{% set ns.n = ns.n + 1 %}{% endfor %}", "01")]
    [InlineData("{% set y = 0 %}{% for i in list %}{{ y }}{% set y = i %}{{ y }}{% endfor %}{{ y }}", "0301020")]
    [InlineData("{% set ns = namespace(dict, c=3) %}{% set ns.a = ns.a + 1 %}{{ ns.a }}{{ ns.c }}{{ ns.d is defined }}", "23False")]
    [InlineData("{% set a, b = 'xy' %}{{ b }}{{ a }}", "yx")]
    [InlineData("{% set x | upper | trim %} a{{ n }} {% endset %}<{{ x }}>", "<A7>")]
    [InlineData("{% set x = 1 %}{% set z %}{% set x = 2 %}{{ x }}{% endset %}{{ x }}{{ z }}", "12")]
    [InlineData("{% macro m(a, b=a ~ '!') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }} {{ m(1, 2) }} {{ m(b=3, a=4) }} {{ m() }}", "11! 12 43 !")]
    [InlineData("{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, k=3) }}", "1(2,){'k': 3}")]
    [InlineData("{% macro m() %}{{ x }}{% endmacro %}{% set x = 5 %}{{ m() }}", "5")]
    [InlineData("{% macro m(a) %}<{{ caller(a, 2) }}>{% endmacro %}{% call(x, y, z=3) m(1) %}{{ x }}{{ y }}{{ z }}{{ n }}{% endcall %}", "<1237>")]
    [InlineData("{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}{{ m.name }}{{ m.arguments }}", "Falsem()")]
    [InlineData("{% filter upper | replace('L', '1') %}{{ word }}{% endfilter %}", "HE11O")]
    [InlineData("{% with a = 1, b = n %}{{ a }}{{ b }}{% set c = 2 %}{% endwith %}{{ a is defined }}{{ c is defined }}", "17FalseFalse")]
    [InlineData("{% set a = 9 %}{% with a = 1, b = a %}{{ b }}{% endwith %}", "9")]
    [InlineData("{% generation %}{{ n }}{% set q = 1 %}{% endgeneration %}{{ q is defined }}", "7False")]
    [InlineData("{% set x = 1 %}{% for i in list %}{% block b %}{{ x }}{{ i }}{% endblock %}{% endfor %}", "111")]
    [InlineData("{% raw %}{{ x }}{% if %}{% endraw %}", "{{ x }}{% if %}")]
    [InlineData("{% do list.pop() %}{{ list }}{% print n, word %}", "[3, 1]7hello")]
    [InlineData("{% for i in list %}{% set z %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endset %}{{ z }}{% endfor %}", "3")]
    public void Statements_do_what_they_say(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("a\n  {% if t %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc")]
    [InlineData("a {%- if t %} b {% endif -%} c", "a b c")]
    [InlineData("  {%+ if t %} b{% endif +%}\nc", "   b\nc")]
    [InlineData("a\n\n{{- n -}}\n\nb", "a7b")]
    [InlineData("a {#- x -#} b{# y #}\nc", "abc")]
    [InlineData("  {# y #}  \nc", "  \nc")]
    [InlineData("x\r\n{% if t %}\r\ny\rz{% endif %}\r\n", "x\ny\nz")]
    [InlineData("{% raw -%}  a {%- endraw %}\nb", "ab")]
    [InlineData("{{ '}}' }}{{ {'a': {'b': 1}} }}{{ \"%}\" }}", "}}{'a': {'b': 1}}%}")]
    [InlineData("\n\n", "\n")]
    [InlineData("{{ '\n' }}|", "\n|")]
    public void Whitespace_around_tags_follows_trim_and_lstrip(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("1 ~ 2 * 3 ~ 4", "164", "concatenation binds looser than multiplication")]
    [InlineData("-2 ** 2", "4", "a sign binds tighter than a power")]
    [InlineData("2 ** 3 ** 2", "64", "powers group from the left")]
    [InlineData("-5|abs", "5", "a sign binds tighter than a filter")]
    [InlineData("not n == 8", "True", "")]
    [InlineData("1 < 2 < 3 != 4", "True", "")]
    [InlineData("-7 // 2 ~ '|' ~ -7 % 3 ~ '|' ~ 7 % -3", "-4|2|-2", "division rounds down")]
    [InlineData("7 / 2 ~ '|' ~ 6 / 3 ~ '|' ~ 2 ** -1", "3.5|2.0|0.5", "")]
    [InlineData("10 ** 20 ~ '|' ~ 2 ** 100", "100000000000000000000|1267650600228229401496703205376", "")]
    [InlineData("[0.1 + 0.2, 1e16, 1e15, 1e-5, 0.0001, -0.0, 1/3]", "[0.30000000000000004, 1e+16, 1000000000000000.0, 1e-05, 0.0001, -0.0, 0.3333333333333333]", "")]
    [InlineData("(true + 1) ~ true", "2True", "")]
    [InlineData("[1 == 1.0, true == 1, '1' == 1, none == false, [1] == (1,)]", "[True, True, False, False, False]", "")]
    [InlineData("'b' in 'abc' and 'z' not in dict and 2 in list", "True", "")]
    [InlineData("none or '' or 'z'", "z", "")]
    [InlineData("(1 if false) ~ '|' ~ (1 if n > 100 else 2 if n > 50 else 3)", "|3", "")]
    [InlineData("word[1:3] ~ word[::-1] ~ word[-2:] ~ word[9:] ~ word[0]", "elollehloh", "")]
    [InlineData("list[::-1] ~ list[-2:] ~ list[5:1:-1] ~ (1, 2)[:1]", "[2, 1, 3][1, 2][2](1,)", "")]
    [InlineData("'😀ab'|length ~ '😀ab'[1] ~ '😀ab'.find('b') ~ '😀'.center(3, '.')", "3a2.😀.", "texts count in code points")]
    [InlineData("[1, 'a', none, 1.5, true, (1,), {'k': 'v'}]", "[1, 'a', None, 1.5, True, (1,), {'k': 'v'}]", "")]
    [InlineData("[\"it's\", 'say \"x\"', '\\n\\t\\\\', 'é', '\\x07', '\\u200b']", "[\"it's\", 'say \"x\"', '\\n\\t\\\\', 'é', '\\x07', '\\u200b']", "")]
    [InlineData("{1: 'a', 1.0: 'b', true: 'c'}", "{1: 'c'}", "")]
    [InlineData("dict.items()|list ~ dict.get('zz', 5) ~ dict.keys()", "[('a', 1), ('b', [1, 2])]5dict_keys(['a', 'b'])", "")]
    [InlineData("'%s|%5.1f|%-4d|%05d|%x|%r|%%' % ('a', 2.25, 3, -4, 255, 'q')", "a|  2.2|3   |-0004|ff|'q'|%", "halves round to even")]
    [InlineData("'{:>5}|{:^5}|{:,}|{:.2%}|{n!r}'.format('a', 'b', 1234567, 0.5, n='x')", "    a|  b  |1,234,567|50.00%|'x'", "")]
    [InlineData("'a b  c '.split() ~ 'a b  c '.split(' ') ~ 'a,b,c'.rsplit(',', 1)", "['a', 'b', 'c']['a', 'b', '', 'c', '']['a,b', 'c']", "")]
    [InlineData("'ßa'.upper() ~ 'ΑΣ'.lower() ~ \"they're\".title() ~ \"they're\"|title", "SSAαςThey'ReThey're", "the method and the filter differ")]
    [InlineData("'aXbX'.replace('X', '-', 1) ~ 'ab'.replace('', '.')", "a-bX.a.b.", "")]
    [InlineData("'x'|safe + '<b>'", "x&lt;b&gt;", "markup escapes what is joined to it")]
    [InlineData("('x'|safe) ~ '<b>'", "x<b>", "")]
    public void Expressions_have_the_value_of_Python_and_Jinja(string source, string expected, string because)
    {
        var actual = Render("{{ " + source + " }}");
        Assert.True(expected == actual, $"expected {expected}, got {actual}: {because}");
    }

    [Theory]
    [InlineData("people|map(attribute='age', default=0)|sum", "47")]
    [InlineData("people|selectattr('age')|map(attribute='name')|join(', ')", "Ann, bob")]
    [InlineData("people|rejectattr('name', 'eq', 'bob')|list|length", "2")]
    [InlineData("people|groupby('age', default=0)|map('first')|list", "[0, 7, 40]")]
    [InlineData("people|sort(attribute='name', reverse=true)|map(attribute='name')|join", "CybobAnn")]
    [InlineData("names|sort ~ names|sort(case_sensitive=true) ~ names|max ~ names|min", "['a', 'b', 'C']['C', 'a', 'b']Ca")]
    [InlineData("dict|tojson ~ dict|tojson(indent=1) ~ 'ä<'|tojson(ensure_ascii=true)", "{\"a\": 1, \"b\": [1, 2]}{\n \"a\": 1,\n \"b\": [\n  1,\n  2\n ]\n}\"\\u00e4<\"")]
    [InlineData("{2: none, true: 1.0, none: []}|tojson(separators=(',', ':'))", "{\"2\":null,\"true\":1.0,\"null\":[]}")]
    [InlineData("[1, '1', 1.0]|unique|list ~ list|batch(2, 0)|list ~ list|slice(2)|list", "[1, '1'][[3, 1], [2, 0]][[3, 1], [2]]")]
    [InlineData("{'b': 1, 'A': 2}|dictsort ~ {'b': 1, 'A': 2}|dictsort(by='value')", "[('A', 2), ('b', 1)][('b', 1), ('A', 2)]")]
    [InlineData("missing|default('x') ~ none|default('x') ~ none|d('x', true) ~ missing|length", "xNonex0")]
    [InlineData("'0x1f'|int(0, 16) ~ '3.9'|int ~ 'x'|int(-1) ~ '1e3'|float ~ 2.5|round ~ 2.675|round(2) ~ 7|round", "313-11000.02.02.677")]
    [InlineData("'a\nb\n'|indent(2) ~ '|' ~ 'a\n\nb'|indent('> ', true, true)", "a\n  b\n|> a\n> \n> b")]
    [InlineData("'foo bar baz'|truncate(8, leeway=0) ~ '|' ~ 'foo-bar baz'|wordwrap(5) ~ '|' ~ 'a b'|urlencode", "foo...|foo-\nbar\nbaz|a%20b")]
    [InlineData("[3 is odd, 4 is divisibleby 2, 'a' is lower, dict is mapping, word is sequence, range is callable, missing is sequence]", "[True, True, True, True, True, True, True]")]
    [InlineData("[1 is integer, true is integer, true is number, 1.0 is float, none is none, word is string, dict.items() is sequence]", "[True, False, True, True, True, True, False]")]
    [InlineData("[n is eq 7, n is gt 3, n is in [7], 'upper' is filter, 'odd' is test, n is not defined]", "[True, True, True, True, True, False]")]
    public void Filters_and_tests_agree_with_the_reference(string source, string expected) => Assert.Equal(expected, Render("{{ " + source + " }}"));

    [Theory]
    [InlineData("{{ missing.x }}", ChatTemplateErrorKind.Undefined, "'missing' is undefined")]
    [InlineData("{{ dict.zz.y }}", ChatTemplateErrorKind.Undefined, "'dict object' has no attribute 'zz'")]
    [InlineData("{{ list[9].y }}", ChatTemplateErrorKind.Undefined, "list object has no element 9")]
    [InlineData("{{ word.nope() }}", ChatTemplateErrorKind.Undefined, "'str object' has no attribute 'nope'")]
    [InlineData("{{ 'a' + 1 }}", ChatTemplateErrorKind.Runtime, "can only concatenate str (not \"int\") to str")]
    [InlineData("{{ true + 1 ~ 2 }}", ChatTemplateErrorKind.Runtime, "unsupported operand type(s) for +: 'bool' and 'str'")]
    [InlineData("{{ list.append(1) }}", ChatTemplateErrorKind.Runtime, "access to attribute 'append' of 'list' object is unsafe.")]
    [InlineData("{% for x in none %}{% endfor %}", ChatTemplateErrorKind.Runtime, "'NoneType' object is not iterable")]
    [InlineData("{{ 1 < 'a' }}", ChatTemplateErrorKind.Runtime, "'<' not supported between instances of 'int' and 'str'")]
    [InlineData("{{ list|map('upper')|tojson }}", ChatTemplateErrorKind.Runtime, "Object of type generator is not JSON serializable")]
    [InlineData("{{ raise_exception('no: ' ~ n) }}", ChatTemplateErrorKind.Raised, "no: 7")]
    [InlineData("{% if n %}{{ n|from_json }}{% endif %}", ChatTemplateErrorKind.Runtime, "no filter is named 'from_json'")]
    [InlineData("{{ n|from_json }}", ChatTemplateErrorKind.Syntax, "no filter is named 'from_json'")]
    [InlineData("{{ n is prime }}", ChatTemplateErrorKind.Syntax, "no test is named 'prime'")]
    [InlineData("{% trans %}", ChatTemplateErrorKind.Syntax, "unknown statement 'trans'")]
    [InlineData("{% include 'x' %}", ChatTemplateErrorKind.Syntax, "the statement 'include' needs other files, and a chat template stands alone")]
    [InlineData("{% break %}", ChatTemplateErrorKind.Syntax, "'break' stands outside of a loop")]
    [InlineData("{% if n %}", ChatTemplateErrorKind.Syntax, "unexpected end of template, expected 'elif' or 'else' or 'endif'")]
    [InlineData("{{ (1 }}", ChatTemplateErrorKind.Syntax, "unexpected '}', expected ')'")]
    public void Failures_say_what_is_wrong(string source, ChatTemplateErrorKind kind, string problem)
    {
        var error = Failure(source);
        Assert.Equal((kind, problem), (error.Kind, error.Problem));
    }

    [Theory]
    [InlineData("a\n{% set x = 1 %}\n{{ x +\n none }}", 3)]
    [InlineData("\n\n{% macro m() %}\n{{ missing.x }}\n{% endmacro %}\n\n{{ m() }}", 4)]
    [InlineData("{{ 1 }}\n{{ 2 }}\n{% nope %}", 3)]
    [InlineData("{#\n\n#}\n{%- raw %}\n{% endraw %}\n{{ 'a\nb' }}\n{{ 1 // 0 }}", 8)]
    [InlineData("{% macro m() %}\nx\n{% endmacro %}\n{{ 1 + m() }}", 4)]
    public void Failures_name_the_line(string source, int line)
    {
        var error = Failure(source);
        Assert.Equal(line, error.Line);
        Assert.StartsWith($"Chat template 'semantics', line {line}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_templates_fail_with_the_engines_exception_or_not_at_all()
    {
        var pieces = new[] { "{{", "}}", "{%", "%}", "{#", "#}", "-", "'", "\"", "(", ")", "[", "]", "{", "}", ":", ",", ".", "|", "~", "*", "**", "=", " in ", " is ", " not ", " if ", " else ", "for", "end", "9", "\\", "\n", "é", "😀", "\ud800" };
        var sources = typeof(TemplateSemanticsTests).GetMethods()
            .SelectMany(method => method.GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>())
            .Select(row => row.Data[0] is string text && text.Contains('{', StringComparison.Ordinal) ? text : "{{ " + row.Data[0] + " }}").ToArray();
        var random = new Random(20240726);
        var failures = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var source = sources[random.Next(sources.Length)];
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var (at, cut) = (random.Next(source.Length + 1), random.Next(3));
                source = source[..at] + (random.Next(3) > 0 ? pieces[random.Next(pieces.Length)] : "") + source[Math.Min(source.Length, at + cut)..];
            }
            try
            {
                ChatTemplate.Parse(source).Run(Context, TimeProvider.System, new TemplateLimits { MaxSteps = 20_000, MaxOutputLength = 20_000 });
            }
            catch (ChatTemplateException)
            {
                failures++;
            }
        }
        Assert.InRange(failures, 1_000, 19_999);
    }

    private static string Render(string source) =>
        ChatTemplate.Parse(source, "semantics").Run(Context, GoldenTemplates.Clock, TemplateLimits.Default).Text;

    private static ChatTemplateException Failure(string source) => Assert.Throws<ChatTemplateException>(() => Render(source));
}
