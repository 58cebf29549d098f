#include "endpoints/gather.h"

#include "fixture.h"

static const char *gathered(struct fixture *f, const char *path, const char *input)
{
    text strings[8];
    struct buffer joined;
    const char *problem;
    struct gather *gather = gather_new(text_of(path), &f->arena, &problem);
    if (!gather)
        FAIL("%s: %s", path, problem);
    size_t count = gather_strings(gather, fixture_json(f, input), strings, COUNT_OF(strings));
    CHECK_EQ(gather_strings(gather, fixture_json(f, input), NULL, 0), count);
    buffer_init(&joined, &f->arena);
    for (size_t i = 0; i < count; i++) {
        buffer_add(&joined, strings[i]);
        buffer_add_char(&joined, ';');
    }
    return buffer_string(&joined);
}

TEST(a_path_finds_names_items_keys_and_several)
{
    struct fixture f;
    fixture_init(&f);
    CHECK_TEXT(gathered(&f, "A.B", "{\"A\": {\"B\": \"x\"}}"), "x;");
    CHECK_TEXT(gathered(&f, "A.B", "{\"A\": null}"), "");
    CHECK_TEXT(gathered(&f, "A", "{\"A\": [\"x\", 1, \"y\"]}"), "x;y;");
    CHECK_TEXT(gathered(&f, "keys(A)", "{\"A\": {\"x\": 1, \"y\": {}}}"), "x;y;");
    CHECK_TEXT(gathered(&f, "keys(A)", "{}"), "");
    CHECK_TEXT(
        gathered(&f, "A[*].B.C", "{\"A\": [{\"B\": {\"C\": \"x\"}}, {}, {\"B\": {\"C\": \"y\"}}]}"),
        "x;y;");
    CHECK_TEXT(
        gathered(
            &f, "A[*].[B.N, C.N][]", "{\"A\": [{\"C\": {\"N\": \"x\"}}, {\"B\": {\"N\": \"y\"}}]}"),
        "x;y;");
    fixture_release(&f);
}

TEST(a_path_of_another_kind_is_refused)
{
    static const char *const bad[] = {
        "",
        "a.",
        ".a",
        "a[0]",
        "a[?b]",
        "a | b",
        "keys(a",
        "length(a)",
        "a.[b",
        "a.[b c]",
        "a b",
        "a.[]",
        "a.[b.[c.[d.[e.[f.[g.[h.[i.[j.[k.[l.[m.[n.[o.[p.[q.[r]]]]]]]]]]]]]]]]]",
    };
    struct fixture f;
    const char *problem;
    fixture_init(&f);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (gather_new(text_of(bad[i]), &f.arena, &problem))
            FAIL("taken: %s", bad[i]);
    }
    fixture_release(&f);
}
