#include "pattern.h"

#include "test.h"

#include <regex.h>
#include <stdio.h>

struct memory {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
};

static void memory_init(struct memory *memory)
{
    budget_init(&memory->budget, 64 << 20);
    slab_init(&memory->blocks, &memory->budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&memory->arena, &memory->blocks);
}

static void memory_release(struct memory *memory)
{
    arena_release(&memory->arena);
    slab_release(&memory->blocks);
}

/* As the C library sees it. */
static bool fits(const char *pattern, text string)
{
    regex_t compiled;
    CHECK(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0);
    bool good = regexec(&compiled, string.data, 0, NULL, 0) == 0;
    regfree(&compiled);
    return good;
}

TEST(what_is_made_of_a_pattern_fits_it)
{
    static const char *const patterns[] = {
        "^[a-zA-Z0-9-]{1,63}$",
        "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[a-zA-Z0-9+=,.@_/-]+$",
        "^(a|bc|def){3}-x?y*z+$",
        "^[^:/]{5}$",
        "^(([0-9]|[1-9][0-9])\\.){3}[0-9]+$",
        "^[[:alnum:]]+@[[:alpha:]]{2,}\\.com$",
        "^$|^v[0-9]{1,3}$",
    };
    struct memory memory;
    memory_init(&memory);
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        for (uint32_t number = 0; number < 50; number++) {
            struct pattern_limits limits = {0, 100};
            text made = pattern_sample(text_of(patterns[i]), limits, number, &memory.arena);
            CHECK(made.data != NULL);
            if (!fits(patterns[i], made))
                FAIL("%s does not fit %s", made.data, patterns[i]);
        }
    }
    memory_release(&memory);
}

TEST(what_is_made_is_as_long_as_it_must_be)
{
    struct memory memory;
    memory_init(&memory);
    text made =
        pattern_sample(TEXT("^[a-z]*-(xy)*$"), (struct pattern_limits){20, 30}, 1, &memory.arena);
    CHECK(made.size >= 20 && made.size <= 30);
    made = pattern_sample(
        TEXT("^(?!aws:)(?:(?:ab){2})[\\u0020-\\uD7FF\\uD800\\uDC00-\\uDBFF\\uDFFF]{3}$"),
        (struct pattern_limits){0, 50}, 1, &memory.arena);
    CHECK_EQ(made.size, 7);
    CHECK(text_starts_with(made, TEXT("abab")));
    made = pattern_sample(TEXT("[\\p{L}\\d]+"), (struct pattern_limits){7, 7}, 1, &memory.arena);
    CHECK_EQ(made.size, 7);
    made = pattern_sample(
        TEXT("[\\u00E9-\\u00EA]{3}"), (struct pattern_limits){0, 9}, 0, &memory.arena);
    CHECK(text_equals(made, TEXT("\xC3\xA9\xC3\xA9\xC3\xA9")));
    memory_release(&memory);
}

TEST(what_is_not_understood_or_cannot_be_is_absent)
{
    struct memory memory;
    struct pattern_limits limits = {0, 50};
    memory_init(&memory);
    CHECK(!pattern_sample(TEXT("^(?=aws:)[a-z:]+$"), limits, 0, &memory.arena).data);
    CHECK(!pattern_sample(TEXT("[a-z&&[^b]]"), limits, 0, &memory.arena).data);
    CHECK(!pattern_sample(TEXT("(a"), limits, 0, &memory.arena).data);
    CHECK(!pattern_sample(TEXT("[a"), limits, 0, &memory.arena).data);
    CHECK(!pattern_sample(TEXT("a)"), limits, 0, &memory.arena).data);
    CHECK(
        !pattern_sample(TEXT("^[a-z]{5}$"), (struct pattern_limits){6, 9}, 0, &memory.arena).data);
    memory_release(&memory);
}
