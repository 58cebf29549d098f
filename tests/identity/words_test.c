#include "identity/words.h"

#include "test.h"

#include <string.h>

static struct budget memory;
static struct slab blocks;
static struct arena arena;

static const char *split(struct words *words, const char *line)
{
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    return words_split(words, text_of(line), &arena);
}

static void end(void)
{
    arena_release(&arena);
    slab_release(&blocks);
}

TEST(quotes_and_backslashes_keep_words_together)
{
    struct words words;
    CHECK(!split(&words, " a 'b \"c' \"d 'e\\\" \\x\" f\\ g '' "));
    CHECK_EQ(words.count, 5);
    CHECK_TEXT(words.items[0], "a");
    CHECK_TEXT(words.items[1], "b \"c");
    CHECK_TEXT(words.items[2], "d 'e\" \\x");
    CHECK_TEXT(words.items[3], "f g");
    CHECK_TEXT(words.items[4], "");
    CHECK(!words.items[5]);
    CHECK(!words.for_shell);
    end();
}

TEST(what_only_a_shell_understands_is_noticed_unless_quoted)
{
    struct words words;
    CHECK(!split(&words, "a | b"));
    CHECK(words.for_shell);
    end();
    CHECK(!split(&words, "a '|' \"$HOME\" \\;"));
    CHECK(!words.for_shell);
    end();
}

TEST(lines_that_do_not_end_are_refused)
{
    struct words words;
    CHECK_TEXT(split(&words, "a 'b"), "a quote that does not end");
    end();
    CHECK_TEXT(split(&words, "a \"b"), "a quote that does not end");
    end();
    CHECK_TEXT(split(&words, "a \\"), "a backslash with nothing behind it");
    end();
    char many[2 * WORDS_MOST + 8] = "";
    for (int i = 0; i < WORDS_MOST + 1; i++)
        strcat(many, "a ");
    CHECK_TEXT(split(&words, many), "too many words");
    end();
}
