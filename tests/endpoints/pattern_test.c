#include "endpoints/pattern.h"

#include "fixture.h"

static bool matches(struct fixture *f, const char *pattern, const char *subject)
{
    struct pattern compiled;
    const char *problem = pattern_compile(&compiled, text_of(pattern), &f->arena);
    if (problem)
        FAIL("%s: %s", pattern, problem);
    return pattern_matches(&compiled, text_of(subject));
}

TEST(a_pattern_takes_what_regular_expressions_take)
{
    struct fixture f;
    fixture_init(&f);
    CHECK(matches(&f, "^(us|eu|ap)\\-\\w+\\-\\d+$", "ap-south-12"));
    CHECK(!matches(&f, "^(us|eu|ap)\\-\\w+\\-\\d+$", "sa-south-1"));
    CHECK(!matches(&f, "^(us|eu|ap)\\-\\w+\\-\\d+$", "us--1"));
    CHECK(!matches(&f, "^(us|eu|ap)\\-\\w+\\-\\d+$", "us-east-1 "));
    CHECK(!matches(&f, "^(us|eu|ap)\\-\\w+\\-\\d+$", ""));
    CHECK(matches(&f, "ab", "abc"));
    CHECK(!matches(&f, "ab$", "abc"));
    CHECK(matches(&f, "a*b?c+$", "aacc"));
    CHECK(matches(&f, "a*b?c+$", "bc"));
    CHECK(!matches(&f, "a*b?c+$", "bbc"));
    CHECK(matches(&f, "(a|bc|(de)+)f$", "dedef"));
    CHECK(!matches(&f, "(a|bc|(de)+)f$", "ded"));
    CHECK(matches(&f, "[a-c_]+.$", "abc_\xff"));
    CHECK(!matches(&f, "[a-c_]+$", "abd"));
    CHECK(matches(&f, "(?:x|)y$", "y"));
    CHECK(matches(&f, "(a*)*b$", "aaab"));
    fixture_release(&f);
}

TEST(an_expression_that_would_explode_elsewhere_takes_linear_time)
{
    struct fixture f;
    char subject[2001];
    fixture_init(&f);
    memset(subject, 'a', sizeof subject - 1);
    subject[sizeof subject - 1] = '\0';
    CHECK(!matches(&f, "(a*)*(a+)+(a|a?)+b$", subject));
    fixture_release(&f);
}

TEST(a_pattern_that_is_not_understood_is_refused)
{
    static const char *const bad[] = {
        "(",    "a)",    "(a",  "[",    "[a",
        "[^a]", "[z-a]", "*a",  "a{2}", "\\b",
        "\\",   "a$b",   "^^a", "+",    "((((((((((a))))))))))",
    };
    struct fixture f;
    struct pattern pattern;
    fixture_init(&f);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (!pattern_compile(&pattern, text_of(bad[i]), &f.arena))
            FAIL("taken: %s", bad[i]);
    }
    char longest[PATTERN_MAX_STEPS + 1];
    memset(longest, 'a', sizeof longest);
    CHECK(pattern_compile(&pattern, text_from(longest, sizeof longest), &f.arena) != NULL);
    fixture_release(&f);
}
