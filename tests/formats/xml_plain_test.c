/* What is read without expat is what expat says; and what is not plain is left to it. */
#include "room.h"

#include "formats/xml_plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* On the heap, for the sanitizer to see what is read beyond it. */
static const struct xml_node *read_plain(struct room *room, text written, char **bytes)
{
    *bytes = malloc(written.size + XML_PLAIN_PADDING);
    CHECK(*bytes);
    memcpy(*bytes, written.data, written.size);
    return xml_plain_read(*bytes, written.size, &room->arena);
}

/* The comment is what the plain reader leaves to expat. */
static const struct xml_node *read_by_expat(struct room *room, text written)
{
    struct xml_problem problem;
    struct buffer longer;
    buffer_init(&longer, &room->arena);
    buffer_add(&longer, written);
    buffer_add(&longer, TEXT("<!---->"));
    CHECK(buffer_ok(&longer));
    return xml_parse(room->xml, buffer_text(&longer), &room->arena, &problem);
}

static bool same_attributes(const struct xml_attribute *a, const struct xml_attribute *b)
{
    for (; a && b; a = a->next, b = b->next) {
        if (!text_equals(a->name, b->name) || !text_equals(a->value, b->value))
            return false;
    }
    return a == b;
}

static bool same(const struct xml_node *a, const struct xml_node *b)
{
    for (; a && b; a = a->next, b = b->next) {
        if (!text_equals(a->name, b->name) || !text_equals(a->value, b->value) ||
            a->name.data[a->name.size] || a->value.data[a->value.size] ||
            !same_attributes(a->attributes, b->attributes) || !same(a->first_child, b->first_child))
            return false;
    }
    return a == b;
}

static const char *const plain[] = {
    "<a/>",
    "<a></a>",
    "<a>1</a>",
    "\n <a> 1\t\n2 </a>\n",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"c\"/>",
    "<?xml version='1.0'?><a b='[c]' d=\"\" />",
    "<n:a xmlns:n=\"http://s/\" xsi:type=\"t\"><n:b.c-d_1 >x</n:b.c-d_1></n:a>",
    "<a:b:c/>",
    "<a>\n  <b>1</b>\n  <b/>\n  <c><d>x</d></c>\n</a>",
    "<a>before<b/></a>",
    "<a>&amp;&lt;&gt;&quot;&apos;</a>",
    "<a>x&#65;&#x41;&#x1F600;&#13;&#xe9; y</a>",
    "<a>x] ]> y]</a>",
    "<a>caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80!</a>",
    "<a>\"'/=</a>",
    "<a>0123456789&amp;0123456789&amp;0123456789</a>",
};

TEST(what_is_plain_is_read_as_expat_reads_it)
{
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        char *bytes;
        const struct xml_node *read = read_plain(&room, text_of(plain[i]), &bytes);
        if (!read || !same(read, read_by_expat(&room, text_of(plain[i]))))
            FAIL("%s: %s", plain[i], read ? "not the same" : "left to expat");
        free(bytes);
    }
    close_room(&room);
}

TEST(a_plain_document_cut_short_is_left_to_expat)
{
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        text whole = text_trim(text_of(plain[i]));
        for (size_t size = 0; size < whole.size; size++) {
            char *bytes;
            if (read_plain(&room, text_from(whole.data, size), &bytes))
                FAIL("taken: %.*s", (int)size, whole.data);
            free(bytes);
        }
    }
    close_room(&room);
}

TEST(what_is_not_plain_or_no_xml_is_left_to_expat)
{
    static const char *const others[] = {
        "",
        "a",
        "<",
        "<>",
        "</a>",
        "<a",
        "<a/><b/>",
        "<a/>b",
        "<a></b>",
        "<a></a b>",
        "<a></ab>",
        "<a><b></a></b>",
        "<a>b<c/>d</a>",
        "<a><b/>&#32;</a>",
        "<a><!-- --></a>",
        "<a><![CDATA[b]]></a>",
        "<a><?b?></a>",
        "<!DOCTYPE a><a/>",
        "<a>]]></a>",
        "<a>\r\n</a>",
        "<a>\x01</a>",
        "<a>\x7F</a>",
        "<a>\xFF</a>",
        "<a>\xC3</a>",
        "<a>\xED\xA0\x80</a>",
        "<a>\xEF\xBF\xBF</a>",
        "<a>&nbsp;</a>",
        "<a>&</a>",
        "<a>&amp</a>",
        "<a>&;</a>",
        "<a>&#;</a>",
        "<a>&#x;</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#x110000;</a>",
        "<a>&#4A;</a>",
        "<a>&#99999999999;</a>",
        "<a b/>",
        "<a b=c/>",
        "<a b=\"c/>",
        "<a b=\"<\"/>",
        "<a b=\"'\"/>",
        "<a b=\"&amp;\"/>",
        "<a b=\"1\"c=\"2\"/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a / >",
        "<1a/>",
        "<:a/>",
        "<\xC3\xA9/>",
        "<?xml version=\"1.0\" encoding=\"latin1\"?><a/>",
        " <?xml version=\"1.0\"?><a/>",
    };
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char *bytes;
        if (read_plain(&room, text_of(others[i]), &bytes))
            FAIL("taken: %s", others[i]);
        free(bytes);
    }
    char *bytes;
    CHECK(!read_plain(&room, text_from("<a>\0</a>", 8), &bytes));
    free(bytes);
    close_room(&room);
}

TEST(nesting_and_attributes_are_limited)
{
    struct room room;
    char deep[XML_MAX_DEPTH * 7 + 16] = "", many[512] = "<a", *bytes;
    open_room(&room);
    for (int i = 0; i < XML_MAX_DEPTH; i++)
        strcat(deep, "<a>");
    for (int i = 0; i < XML_MAX_DEPTH; i++)
        strcat(deep, "</a>");
    CHECK(read_plain(&room, text_of(deep), &bytes));
    free(bytes);
    memmove(deep + 3, deep, strlen(deep) + 1);
    strcat(deep, "</a>");
    CHECK(!read_plain(&room, text_of(deep), &bytes));
    free(bytes);
    for (int i = 0; i < 17; i++)
        strcat(many, (char[]){' ', (char)('a' + i), '=', '\'', '\'', 0});
    strcat(many, "/>");
    CHECK(!read_plain(&room, text_of(many), &bytes));
    free(bytes);
    close_room(&room);
}

TEST(running_out_of_memory_while_reading_is_survived)
{
    for (uint64_t nth = 1; nth < 4; nth++) {
        struct room room;
        struct xml_problem problem = {NULL, 0, 0};
        open_room(&room);
        budget_fail_after(nth);
        const struct xml_node *node =
            xml_parse(room.xml, TEXT("<a b='c'>1</a>"), &room.arena, &problem);
        budget_fail_after(0);
        if (node)
            CHECK_TEXT(node->value.data, "1");
        else
            CHECK_TEXT(problem.what, "out of memory");
        close_room(&room);
    }
}
