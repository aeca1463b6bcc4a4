namespace Trimtab.Models.Text;

/// <summary>Reads sentencepiece's own file format, a protobuf message of pieces, trainer settings and normaliser settings.</summary>
internal static class SentencePieceFile
{
    public static Tokenizer Read(ReadOnlySpan<byte> file, string name, TokenizerConfig config)
    {
        var spec = Parse(file, name);
        var parts = SentencePieceTokenizer.Build(spec);
        var named = config.NamedTokens(parts.Vocabulary);
        // What the configuration says wins: chat models often end their turns with another token than the one they were trained with.
        named = new NamedTokens(named.Bos ?? spec.BosId, named.Eos ?? spec.EosId, named.Pad ?? spec.PadId, named.Unknown ?? spec.UnknownId);
        return new Tokenizer(parts with
        {
            AddedTokens = [.. parts.AddedTokens, .. config.MissingAddedTokens(parts.Vocabulary)],
            Frame = config.Framed(config.AddBos ?? named.Bos is not null, config.AddEos ?? false, named),
            Named = named,
        });
    }

    private static SentencePieceSpec Parse(ReadOnlySpan<byte> file, string name)
    {
        var pieces = new List<SentencePieceEntry>();
        ReadOnlySpan<byte> trainer = default, normalizer = default;
        var message = new ProtobufReader(file, name, "the model");
        while (message.Read())
            switch (message.Field)
            {
                case 1: pieces.Add(Piece(message.Content, name, pieces.Count)); break;
                case 2: trainer = message.Content; break;
                case 3: normalizer = message.Content; break;
                case 4 or 5: break; // self-test samples; a denormaliser, which decoding does not use
                default: throw message.Error($"the unknown field {message.Field}");
            }
        if (pieces.Count == 0)
            throw new TokenizerFormatException($"{name}: the model has no pieces; the file is empty or not a sentencepiece model.");
        var spec = new SentencePieceSpec
        {
            File = name,
            Pieces = pieces,
            AddedTokens = [.. pieces.Index().Where(p => p.Item.Type is PieceType.Control or PieceType.Unknown)
                .Select(p => new AddedToken { Id = p.Index, Content = p.Item.Text, Special = true })],
        };
        return WithNormalizer(WithTrainer(spec, trainer), normalizer);
    }

    private static SentencePieceEntry Piece(ReadOnlySpan<byte> content, string file, int id)
    {
        var (text, score, type) = ("", 0f, 1);
        var message = new ProtobufReader(content, file, $"piece {id}");
        while (message.Read())
            switch (message.Field)
            {
                case 1: text = message.Text(); break;
                case 2: score = message.Single; break;
                case 3: type = message.Integer; break;
                default: throw message.Error($"the unknown field {message.Field}");
            }
        if (text.Length == 0 || !float.IsFinite(score) || !Enum.IsDefined((PieceType)type))
            throw new TokenizerFormatException($"{file}: piece {id} has the text {Vocabulary.Show(text)}, the score {score} and the "
                + $"type {type}; a text, a finite score and a type of 1 to 6 were expected.");
        return new SentencePieceEntry(text, score, (PieceType)type);
    }

    private static SentencePieceSpec WithTrainer(SentencePieceSpec spec, ReadOnlySpan<byte> content)
    {
        var (type, fallback, suffix) = (1, false, false);
        var (unknown, bos, eos, pad) = (0, 1, 2, -1);
        var message = new ProtobufReader(content, spec.File, "the trainer settings");
        while (message.Read())
            switch (message.Field)
            {
                case 3: type = message.Integer; break;
                case 24: suffix = message.Value != 0; break;
                case 35: fallback = message.Value != 0; break;
                case 40: unknown = message.Integer; break;
                case 41: bos = message.Integer; break;
                case 42: eos = message.Integer; break;
                case 43: pad = message.Integer; break;
                // All other settings concern the training that made the file.
            }
        if (type is not (1 or 2) || suffix)
            throw new TokenizerFormatException($"{spec.File}: the model type is {type}{(suffix ? " with spaces as suffixes" : "")}; "
                + "1 (unigram) or 2 (BPE) with spaces as prefixes was expected.");
        return spec with
        {
            IsUnigram = type == 1,
            ByteFallback = fallback,
            UnknownId = Id(unknown),
            BosId = Id(bos),
            EosId = Id(eos),
            PadId = Id(pad),
        };

        // The settings give default ids even where the vocabulary has no such piece.
        int? Id(int id) => (uint)id < (uint)spec.Pieces.Count
            && spec.Pieces[id].Type is PieceType.Control or PieceType.Unknown or PieceType.UserDefined
            ? id : null;
    }

    private static SentencePieceSpec WithNormalizer(SentencePieceSpec spec, ReadOnlySpan<byte> content)
    {
        var message = new ProtobufReader(content, spec.File, "the normalizer settings");
        while (message.Read())
            spec = message.Field switch
            {
                2 when message.Content.Length > 0 =>
                    spec with { Charsmap = Charsmap.Parse(message.Content, spec.File, "precompiled_charsmap") },
                3 => spec with { AddDummyPrefix = message.Value != 0 },
                4 => spec with { RemoveExtraWhitespaces = message.Value != 0 },
                5 => spec with { EscapeWhitespaces = message.Value != 0 },
                1 or 2 or 6 => spec, // the rules' name and source text, which the charsmap already contains
                _ => throw message.Error($"the unknown field {message.Field}"),
            };
        return spec;
    }
}
