#include "pattern.h"

#include "pattern_class.h"
#include "test.h"

#include <stdlib.h>

enum { TRIES = 12, MOST_REPEATED = 4096, MOST_MADE = 16384 };

/* The pattern is gone through and the string made at once; what repeats is gone through again. */
struct making {
    text pattern;
    size_t at;
    struct buffer out;
    size_t made, target; /* characters; below the target what may repeat is repeated */
    uint32_t number;
    bool silent; /* only find the end of it */
    bool failed;
};

static void make_alternatives(struct making *making);

static int peek(const struct making *making)
{
    return making->at < making->pattern.size ? (unsigned char)making->pattern.data[making->at] : -1;
}

static bool skip(struct making *making, const char *literal)
{
    text rest = text_after(making->pattern, making->at);
    if (!text_starts_with(rest, text_of(literal)))
        return false;
    making->at += strlen(literal);
    return true;
}

static void put(struct making *making, uint32_t character)
{
    if (making->silent)
        return;
    pattern_put(&making->out, character);
    making->made++;
    making->failed = making->failed || making->made > MOST_MADE;
}

static void make_class(struct making *making)
{
    struct pattern_class class;
    text rest = text_after(making->pattern, making->at);
    size_t size = pattern_class_read(&class, rest);
    uint32_t character;
    if (!size || !pattern_class_choose(&class, making->number++, &character)) {
        making->failed = true;
        return;
    }
    making->at += size;
    put(making, character);
}

/* What must not come next hardly ever would: it is passed over. What must is not understood. */
static void make_group(struct making *making)
{
    bool was_silent = making->silent;
    bool passed_over = skip(making, "(?!") || skip(making, "(?<!");
    if (skip(making, "(?s)") || skip(making, "(?i)"))
        return;
    making->silent = was_silent || passed_over;
    if (!passed_over && !skip(making, "(?:"))
        skip(making, "(");
    making->failed = making->failed || peek(making) == '?';
    if (!making->failed)
        make_alternatives(making);
    making->failed = making->failed || !skip(making, ")");
    making->silent = was_silent;
}

static void make_atom(struct making *making)
{
    int byte = peek(making);
    if (byte == '(')
        make_group(making);
    else if (byte == '^' || byte == '$' || skip(making, "\\b") || skip(making, "\\A"))
        making->at += byte == '^' || byte == '$';
    else
        make_class(making); /* a character is one of a class of its own */
}

/* {2,5}: false if it is none, and then stands for itself. */
static bool read_counts(struct making *making, size_t *least, size_t *most)
{
    text rest = text_after(making->pattern, making->at + 1);
    size_t end = text_find(rest, '}');
    text upper, lower = text_split((text){rest.data, end}, ',', &upper);
    uint64_t low, high = MOST_REPEATED;
    if (end == rest.size || !text_to_u64(lower, &low))
        return false;
    if (!upper.data)
        high = low;
    else if (upper.size && !text_to_u64(upper, &high))
        return false;
    *least = (size_t)low;
    *most = (size_t)high;
    making->at += end + 2;
    return true;
}

static void read_repetition(struct making *making, size_t *least, size_t *most)
{
    *least = *most = 1;
    if (skip(making, "*")) {
        *least = 0;
        *most = MOST_REPEATED;
    } else if (skip(making, "+")) {
        *most = MOST_REPEATED;
    } else if (skip(making, "?")) {
        *least = 0;
    } else if (peek(making) != '{' || !read_counts(making, least, most)) {
        return;
    }
    if (!skip(making, "?"))
        skip(making, "+"); /* how eagerly is no matter here */
}

static void make_piece(struct making *making)
{
    size_t start = making->at, least, most;
    bool was_silent = making->silent;
    making->silent = true;
    make_atom(making);
    read_repetition(making, &least, &most);
    size_t end = making->at;
    making->silent = was_silent;
    for (size_t i = 0; !was_silent && !making->failed && i < most; i++) {
        size_t before = making->made;
        if (i >= least && making->made >= making->target)
            break;
        making->at = start;
        make_atom(making);
        if (i >= least && making->made == before)
            break;
    }
    making->at = end;
}

static void make_sequence(struct making *making)
{
    while (!making->failed && peek(making) >= 0 && peek(making) != '|' && peek(making) != ')')
        make_piece(making);
}

static size_t count_alternatives(struct making *making)
{
    struct making ahead = *making;
    size_t count = 1;
    ahead.silent = true;
    make_sequence(&ahead);
    for (; !ahead.failed && skip(&ahead, "|"); count++)
        make_sequence(&ahead);
    return count;
}

static void make_alternatives(struct making *making)
{
    bool was_silent = making->silent;
    size_t count = was_silent ? 1 : count_alternatives(making);
    size_t chosen = making->number++ % count;
    for (size_t i = 0; !making->failed; i++) {
        making->silent = was_silent || i != chosen;
        make_sequence(making);
        if (!skip(making, "|"))
            break;
    }
    making->silent = was_silent;
}

text pattern_sample(
    text pattern, struct pattern_limits limits, uint32_t number, struct arena *arena)
{
    size_t target = limits.least;
    for (uint32_t i = 0; i < TRIES; i++) {
        struct making making = {.pattern = pattern, .target = target, .number = number + i};
        buffer_init(&making.out, arena);
        make_alternatives(&making);
        if (making.failed || making.at != pattern.size)
            return (text){NULL, 0};
        CHECK(buffer_string(&making.out) != NULL);
        if (making.made >= limits.least && making.made <= limits.most)
            return buffer_text(&making.out);
        size_t above = making.made > limits.most ? making.made - limits.most : 0;
        target = above < target ? target - above : 0;
        if (making.made < limits.least)
            target += limits.least - making.made;
    }
    return (text){NULL, 0};
}
