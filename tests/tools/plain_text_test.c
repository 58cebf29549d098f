#include "inia/plain_text.h"

#include "test.h"

static char written[4096];

/* What comes of it, at this indentation and width. */
static const char *plain(const char *html, size_t indent, size_t width, bool wrap_only)
{
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct buffer out;
    budget_init(&budget, 1 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    buffer_init(&out, &arena);
    if (wrap_only)
        plain_text_wrap(&out, text_of(html), indent, width);
    else
        plain_text_write(&out, text_of(html), indent, width);
    CHECK(buffer_ok(&out));
    CHECK(out.size < sizeof written);
    if (out.size)
        memcpy(written, out.data, out.size);
    written[out.size] = '\0';
    arena_release(&arena);
    slab_release(&blocks);
    return written;
}

#define PLAIN(html) plain(html, 0, 60, false)

TEST(paragraphs_are_parted_by_an_empty_line)
{
    CHECK_TEXT(PLAIN("<p>One.</p> <p> Two\n  <b>bold</b>. </p>"), "One.\n\nTwo bold.\n");
    CHECK_TEXT(PLAIN("<p></p><p>  </p>One"), "One\n");
    CHECK_TEXT(PLAIN(""), "");
    CHECK_TEXT(PLAIN("<p> </p>"), "");
}

TEST(lines_are_wrapped_and_indented)
{
    CHECK_TEXT(
        plain("<p>aaaa bbbb cccc dddd eeee ffff gggg</p>", 2, 26, false),
        "  aaaa bbbb cccc dddd eeee\n  ffff gggg\n");
}

TEST(a_word_wider_than_the_line_gets_its_own)
{
    CHECK_TEXT(
        plain("a https://example.com/a/very/long/address b", 0, 24, false),
        "a\nhttps://example.com/a/very/long/address\nb\n");
}

TEST(a_narrow_place_has_room_for_some_text_all_the_same)
{
    CHECK_TEXT(plain("one two three four", 10, 12, false), "          one two three four\n");
}

TEST(lists_have_marks_and_stand_further_in)
{
    CHECK_TEXT(
        PLAIN("<p>Of:</p><ul><li><p>one</p></li><li>two<ul><li>deep</li></ul></li></ul><p>So.</p>"),
        "Of:\n\n* one\n* two\n  * deep\n\nSo.\n");
    CHECK_TEXT(
        plain("<ul><li>aaaa bbbb cccc dddd eeee ffff</li></ul>", 0, 22, false),
        "* aaaa bbbb cccc dddd\n  eeee ffff\n");
    CHECK_TEXT(PLAIN("<ol><li>a</li><li>b</li></ol>"), "1. a\n2. b\n");
}

TEST(a_list_of_terms_has_their_meanings_further_in)
{
    CHECK_TEXT(
        PLAIN("<dl><dt>Term</dt><dd><p>Meaning.</p></dd><dt>Next</dt><dd>Two.</dd></dl>"),
        "Term\n  Meaning.\nNext\n  Two.\n");
}

TEST(notes_say_that_they_are)
{
    CHECK_TEXT(PLAIN("<p>A.</p><note><p>Mind.</p></note>"), "A.\n\nNote: Mind.\n");
    CHECK_TEXT(PLAIN("<important> <p>Do.</p> </important>"), "Important: Do.\n");
}

TEST(links_show_where_they_lead)
{
    CHECK_TEXT(
        PLAIN("See <a href=\"https://a.b/c\">the guide</a>."), "See the guide <https://a.b/c>.\n");
    CHECK_TEXT(PLAIN("See <a>PutItem</a>."), "See PutItem.\n");
}

TEST(entities_become_what_they_mean)
{
    CHECK_TEXT(
        PLAIN("a &lt;b&gt; &amp;amp; &quot;c&quot; &#233; &#xe9;"), "a <b> &amp; \"c\" é é\n");
    CHECK_TEXT(PLAIN("a&nbsp;b &#x2028; c &#150; d"), "a b c – d\n");
    CHECK_TEXT(PLAIN("AT&T &nonsense; &; &#; &#x110000; &#-5;"), "AT&T &nonsense; &; &#; &#-5;\n");
}

TEST(placeholders_that_are_no_tags_stay)
{
    CHECK_TEXT(PLAIN("arn:aws:s3:<region>:<account>"), "arn:aws:s3:<region>:<account>\n");
    CHECK_TEXT(PLAIN("1 < 2 and 3 > 2"), "1 < 2 and 3 > 2\n");
    CHECK_TEXT(PLAIN("an end <code"), "an end <code\n");
}

TEST(preformatted_lines_stay_lines)
{
    CHECK_TEXT(PLAIN("<p>So:</p><pre>a  b\n  c</pre>"), "So:\n\na  b\n  c\n");
}

TEST(nothing_moves_the_terminal)
{
    CHECK_TEXT(PLAIN("a\x1b[31mb\x07 \xc2\x9b c \xff d &#27;[0m"), "a [31mb c d [0m\n");
}

TEST(plain_words_are_wrapped_with_later_lines_further_in)
{
    CHECK_TEXT(
        plain("Name: <b> &amp; more words here", 2, 22, true),
        "  Name: <b> &amp; more\n      words here\n");
}
