/* jmespath_lexer: the tokens of a JMESPath expression. For jmespath_*.c alone. */
#ifndef FORMATS_JMESPATH_LEXER_H
#define FORMATS_JMESPATH_LEXER_H

#include "jmespath.h"

enum jmespath_token_kind {
    TOKEN_BAD, /* the lexer's problem is set */
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_QUOTED_NAME,
    TOKEN_LITERAL,
    TOKEN_NUMBER,
    TOKEN_DOT,
    TOKEN_STAR,
    TOKEN_FLATTEN,
    TOKEN_FILTER,
    TOKEN_LEFT_BRACKET,
    TOKEN_RIGHT_BRACKET,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_LEFT_BRACE,
    TOKEN_RIGHT_BRACE,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_CURRENT,
    TOKEN_EXPRESSION,
    TOKEN_AND,
    TOKEN_PIPE,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_EQUAL, /* this and the next in the order of enum jmespath_comparison */
    TOKEN_NOT_EQUAL,
    TOKEN_LESS,
    TOKEN_LESS_OR_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_OR_EQUAL
};

struct jmespath_token {
    enum jmespath_token_kind kind;
    uint32_t offset;
    text name; /* unescaped */
    int64_t number;
    const struct json_value *literal;
};

struct jmespath_lexer {
    text expression;
    struct cursor cursor;
    struct arena *arena;
    struct json_parser *json; /* NULL until there is something to read with it */
    struct jmespath_problem *problem;
};

/* expression: in the arena. */
void jmespath_lexer_init(
    struct jmespath_lexer *lexer, text expression, struct arena *arena,
    struct jmespath_problem *problem);
void jmespath_lexer_release(struct jmespath_lexer *lexer);
struct jmespath_token jmespath_lexer_next(struct jmespath_lexer *lexer);
/* The byte after the white space that comes next, or -1 at the end. */
int jmespath_lexer_peek(const struct jmespath_lexer *lexer);

#endif
