#include "words.h"

struct splitting {
    struct cursor line;
    struct arena *arena;
    struct buffer word;
    bool in_word; /* also an empty one, once it was quoted */
};

static const char unended_quote[] = "a quote that does not end";

static const char *take_single_quoted(struct splitting *splitting)
{
    text rest = {splitting->line.at, cursor_left(&splitting->line)};
    size_t end = text_find(rest, '\'');
    if (end == rest.size)
        return unended_quote;
    buffer_add(&splitting->word, cursor_take(&splitting->line, end));
    cursor_take(&splitting->line, 1);
    return NULL;
}

static const char *take_double_quoted(struct splitting *splitting)
{
    while (!cursor_is_done(&splitting->line)) {
        char c = *cursor_take(&splitting->line, 1).data;
        if (c == '"')
            return NULL;
        text rest = {splitting->line.at, cursor_left(&splitting->line)};
        if (c == '\\' && rest.size && (*rest.data == '"' || *rest.data == '\\'))
            c = *cursor_take(&splitting->line, 1).data;
        buffer_add_char(&splitting->word, c);
    }
    return unended_quote;
}

static const char *take_escaped(struct splitting *splitting)
{
    if (cursor_is_done(&splitting->line))
        return "a backslash with nothing behind it";
    buffer_add_char(&splitting->word, *cursor_take(&splitting->line, 1).data);
    return NULL;
}

static const char *end_word(struct splitting *splitting, struct words *words)
{
    if (!splitting->in_word)
        return NULL;
    if (words->count == WORDS_MOST)
        return "too many words";
    char *word = (char *)(uintptr_t)buffer_string(&splitting->word);
    if (!word)
        return "no memory for it";
    words->items[words->count++] = word;
    buffer_init(&splitting->word, splitting->arena);
    splitting->in_word = false;
    return NULL;
}

static const char *take_one(struct splitting *splitting, struct words *words)
{
    char c = *cursor_take(&splitting->line, 1).data;
    if (memchr(" \t\r\n", c, 4))
        return end_word(splitting, words);
    splitting->in_word = true;
    if (c == '\'')
        return take_single_quoted(splitting);
    if (c == '"')
        return take_double_quoted(splitting);
    if (c == '\\')
        return take_escaped(splitting);
    if (memchr("|&;<>()`$", c, 9))
        words->for_shell = true;
    buffer_add_char(&splitting->word, c);
    return NULL;
}

const char *words_split(struct words *words, text line, struct arena *arena)
{
    *words = (struct words){0};
    struct splitting splitting = {.line = cursor_of(line), .arena = arena};
    buffer_init(&splitting.word, arena);
    const char *wrong = NULL;
    while (!wrong && !cursor_is_done(&splitting.line))
        wrong = take_one(&splitting, words);
    return wrong ? wrong : end_word(&splitting, words);
}
