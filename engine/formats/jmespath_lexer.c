#include "jmespath_lexer.h"

void jmespath_lexer_init(
    struct jmespath_lexer *lexer, text expression, struct arena *arena,
    struct jmespath_problem *problem)
{
    *lexer = (struct jmespath_lexer){
        .expression = expression,
        .cursor = cursor_of(expression),
        .arena = arena,
        .problem = problem,
    };
}

void jmespath_lexer_release(struct jmespath_lexer *lexer)
{
    json_parser_free(lexer->json);
}

static bool is_space(int byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static bool starts_name(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static void skip_space(struct cursor *cursor)
{
    while (is_space(cursor_peek(cursor)))
        cursor_u8(cursor);
}

int jmespath_lexer_peek(const struct jmespath_lexer *lexer)
{
    struct cursor ahead = lexer->cursor;
    skip_space(&ahead);
    return cursor_peek(&ahead);
}

static void fail(
    struct jmespath_lexer *lexer, struct jmespath_token *token, enum jmespath_error error,
    const char *what)
{
    *lexer->problem = (struct jmespath_problem){error, what, token->offset};
    token->kind = TOKEN_BAD;
}

static void take_name(struct jmespath_lexer *lexer, struct jmespath_token *token)
{
    const char *start = lexer->cursor.at;
    while (starts_name(cursor_peek(&lexer->cursor)) || is_digit(cursor_peek(&lexer->cursor)))
        cursor_u8(&lexer->cursor);
    token->kind = TOKEN_NAME;
    token->name = text_from(start, (size_t)(lexer->cursor.at - start));
}

static void take_number(struct jmespath_lexer *lexer, struct jmespath_token *token)
{
    const char *start = lexer->cursor.at;
    cursor_skip(&lexer->cursor, TEXT("-"));
    const char *digits = lexer->cursor.at;
    while (is_digit(cursor_peek(&lexer->cursor)))
        cursor_u8(&lexer->cursor);
    token->kind = TOKEN_NUMBER;
    if (lexer->cursor.at == digits)
        fail(lexer, token, JMESPATH_SYNTAX, "a minus sign without digits");
    else if (!text_to_i64(text_from(start, (size_t)(lexer->cursor.at - start)), &token->number))
        fail(lexer, token, JMESPATH_SYNTAX, "an index too large");
}

/* What stands between two of these delimiters, escapes and all. */
static bool take_delimited(
    struct jmespath_lexer *lexer, struct jmespath_token *token, int delimiter, text *inner)
{
    struct cursor *cursor = &lexer->cursor;
    cursor_u8(cursor);
    const char *start = cursor->at;
    while (!cursor_is_done(cursor) && cursor_peek(cursor) != delimiter) {
        if (cursor_u8(cursor) == '\\' && !cursor_is_done(cursor))
            cursor_u8(cursor);
    }
    *inner = text_from(start, (size_t)(cursor->at - start));
    if (cursor_is_done(cursor)) {
        fail(lexer, token, JMESPATH_SYNTAX, "a string, name or literal that does not end");
        return false;
    }
    cursor_u8(cursor);
    return true;
}

/* The same, its delimiters unescaped; backslashes before anything else stay. */
static bool take_unescaped(
    struct jmespath_lexer *lexer, struct jmespath_token *token, char delimiter, text *inner)
{
    text escaped;
    if (!take_delimited(lexer, token, delimiter, &escaped))
        return false;
    char *out = arena_alloc(lexer->arena, escaped.size + 1);
    if (!out) {
        fail(lexer, token, JMESPATH_NO_MEMORY, "out of memory");
        return false;
    }
    size_t size = 0;
    for (size_t i = 0; i < escaped.size; i++) {
        if (escaped.data[i] == '\\' && escaped.data[i + 1] != delimiter)
            out[size++] = escaped.data[i++];
        else if (escaped.data[i] == '\\')
            i++;
        out[size++] = escaped.data[i];
    }
    out[size] = '\0';
    *inner = text_from(out, size);
    return true;
}

static const struct json_value *read_json(
    struct jmespath_lexer *lexer, struct jmespath_token *token, text bytes)
{
    struct json_problem problem = {"out of memory", 0, 0};
    const struct json_value *value = NULL;
    if (!lexer->json)
        lexer->json = json_parser_new();
    if (lexer->json)
        value = json_parse(lexer->json, bytes, lexer->arena, &problem);
    if (!value) {
        bool memory = strcmp(problem.what, "out of memory") == 0;
        fail(lexer, token, memory ? JMESPATH_NO_MEMORY : JMESPATH_SYNTAX, problem.what);
    }
    return value;
}

static void take_raw_string(struct jmespath_lexer *lexer, struct jmespath_token *token)
{
    text inner;
    if (!take_unescaped(lexer, token, '\'', &inner))
        return;
    struct json_value *value = arena_alloc(lexer->arena, sizeof *value);
    if (!value) {
        fail(lexer, token, JMESPATH_NO_MEMORY, "out of memory");
        return;
    }
    *value = (struct json_value){.kind = JSON_STRING, .string = inner};
    token->kind = TOKEN_LITERAL;
    token->literal = value;
}

static void take_literal(struct jmespath_lexer *lexer, struct jmespath_token *token)
{
    text inner;
    token->kind = TOKEN_LITERAL;
    if (take_unescaped(lexer, token, '`', &inner))
        token->literal = read_json(lexer, token, inner);
}

static void take_quoted_name(struct jmespath_lexer *lexer, struct jmespath_token *token)
{
    const char *start = lexer->cursor.at;
    text inner;
    token->kind = TOKEN_QUOTED_NAME;
    if (take_delimited(lexer, token, '"', &inner))
        token->name = json_text(read_json(lexer, token, text_from(start, inner.size + 2)));
}

/* A longer one stands before those it starts with. */
static const struct {
    text written;
    enum jmespath_token_kind kind;
} signs[] = {
    {TEXT_INIT("[]"), TOKEN_FLATTEN},
    {TEXT_INIT("[?"), TOKEN_FILTER},
    {TEXT_INIT("&&"), TOKEN_AND},
    {TEXT_INIT("||"), TOKEN_OR},
    {TEXT_INIT("=="), TOKEN_EQUAL},
    {TEXT_INIT("!="), TOKEN_NOT_EQUAL},
    {TEXT_INIT("<="), TOKEN_LESS_OR_EQUAL},
    {TEXT_INIT(">="), TOKEN_GREATER_OR_EQUAL},
    {TEXT_INIT("."), TOKEN_DOT},
    {TEXT_INIT("*"), TOKEN_STAR},
    {TEXT_INIT("["), TOKEN_LEFT_BRACKET},
    {TEXT_INIT("]"), TOKEN_RIGHT_BRACKET},
    {TEXT_INIT("("), TOKEN_LEFT_PAREN},
    {TEXT_INIT(")"), TOKEN_RIGHT_PAREN},
    {TEXT_INIT("{"), TOKEN_LEFT_BRACE},
    {TEXT_INIT("}"), TOKEN_RIGHT_BRACE},
    {TEXT_INIT(","), TOKEN_COMMA},
    {TEXT_INIT(":"), TOKEN_COLON},
    {TEXT_INIT("@"), TOKEN_CURRENT},
    {TEXT_INIT("&"), TOKEN_EXPRESSION},
    {TEXT_INIT("|"), TOKEN_PIPE},
    {TEXT_INIT("!"), TOKEN_NOT},
    {TEXT_INIT("<"), TOKEN_LESS},
    {TEXT_INIT(">"), TOKEN_GREATER},
};

static void take_sign(struct jmespath_lexer *lexer, struct jmespath_token *token)
{
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (cursor_skip(&lexer->cursor, signs[i].written)) {
            token->kind = signs[i].kind;
            return;
        }
    }
    fail(lexer, token, JMESPATH_SYNTAX, "a character that means nothing here");
}

struct jmespath_token jmespath_lexer_next(struct jmespath_lexer *lexer)
{
    struct cursor *cursor = &lexer->cursor;
    skip_space(cursor);
    int byte = cursor_peek(cursor);
    struct jmespath_token token = {
        .kind = TOKEN_END,
        .offset = (uint32_t)(cursor->at - lexer->expression.data),
    };
    if (byte < 0)
        return token;
    if (starts_name(byte))
        take_name(lexer, &token);
    else if (is_digit(byte) || byte == '-')
        take_number(lexer, &token);
    else if (byte == '"')
        take_quoted_name(lexer, &token);
    else if (byte == '\'')
        take_raw_string(lexer, &token);
    else if (byte == '`')
        take_literal(lexer, &token);
    else
        take_sign(lexer, &token);
    return token;
}
