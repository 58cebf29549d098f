#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct xml_problem problem;

static const struct xml_node *parse(struct room *room, const char *written)
{
    return xml_parse(room->xml, text_of(written), &room->arena, &problem);
}

TEST(a_document_becomes_a_tree)
{
    struct room room;
    open_room(&room);
    const struct xml_node *root = parse(
        &room, "<?xml version=\"1.0\"?>\n<s:A xmlns:s=\"u\" xsi:type=\"t&lt;\"><!-- no --><b>1</b>"
               "<c/><b>x<![CDATA[<&>]]>&amp;&#x41;</b></s:A>");
    CHECK(root);
    CHECK_TEXT(root->name.data, "A");
    CHECK_TEXT(root->attributes->next->name.data, "xsi:type");
    CHECK_TEXT(root->attributes->next->value.data, "t<");
    const struct xml_node *b = xml_child(root, TEXT("b"));
    CHECK_TEXT(b->value.data, "1");
    CHECK_TEXT(xml_next_named(b, TEXT("b"))->value.data, "x<&>&A");
    CHECK_TEXT(xml_child(root, TEXT("c"))->value.data, "");
    CHECK(!xml_child(root, TEXT("d")) && !xml_child(NULL, TEXT("d")));
    CHECK(!xml_next_named(xml_child(root, TEXT("c")), TEXT("c")));
    close_room(&room);
}

TEST(a_parser_serves_one_document_after_another)
{
    struct room room;
    open_room(&room);
    for (int i = 0; i < 3; i++) {
        CHECK(!parse(&room, "<a><b></a>"));
        CHECK_TEXT(parse(&room, "<a>1</a>")->value.data, "1");
        CHECK(!parse(&room, "<!DOCTYPE a><a/>"));
    }
    close_room(&room);
}

TEST(long_character_data_is_joined)
{
    struct room room;
    open_room(&room);
    enum { LINES = 5000 };
    char *written = malloc(LINES * 6 + 16);
    CHECK(written);
    strcpy(written, "<a>");
    for (int i = 0; i < LINES; i++)
        strcpy(written + 3 + i * 6, "&lt;x\n");
    strcpy(written + 3 + LINES * 6, "</a>");
    const struct xml_node *root = parse(&room, written);
    CHECK(root);
    CHECK_EQ(root->value.size, LINES * 3);
    CHECK(memcmp(root->value.data + LINES * 3 - 3, "<x\n", 4) == 0);
    free(written);
    close_room(&room);
}

TEST(bad_documents_are_refused_with_their_place)
{
    static const struct {
        const char *written, *what;
        size_t line, column;
    } bad[] = {
        {"", "no element found", 1, 1},
        {"<a>\n<b></a>", "mismatched tag", 2, 6},
        {"<a>&nbsp;</a>", "undefined entity", 1, 4},
        {"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
         "a document type declaration", 1, 13},
        {"<a>\xFF</a>", "not well-formed (invalid token)", 1, 4},
        {"<a/><b/>", "junk after document element", 1, 5},
        {"<a>&#0;</a>", "reference to invalid character number", 1, 4},
    };
    struct room room;
    open_room(&room);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (parse(&room, bad[i].written))
            FAIL("taken: %s", bad[i].written);
        CHECK_TEXT(problem.what, bad[i].what);
        CHECK_EQ(problem.line, bad[i].line);
        if (problem.column != bad[i].column)
            FAIL("%s: column %zu", bad[i].written, problem.column);
    }
    close_room(&room);
}

TEST(nesting_is_limited)
{
    struct room room;
    char deep[XML_MAX_DEPTH * 7 + 16] = "";
    open_room(&room);
    for (int i = 0; i <= XML_MAX_DEPTH; i++)
        strcat(deep, "<a>");
    CHECK(!parse(&room, deep));
    CHECK_TEXT(problem.what, "nested too deeply");
    close_room(&room);
}

TEST(running_out_of_memory_is_said)
{
    struct room room;
    open_room(&room);
    budget_fail_after(1);
    CHECK(!parse(&room, "<a>1</a>"));
    budget_fail_after(0);
    CHECK_TEXT(problem.what, "out of memory");
    CHECK(parse(&room, "<a>1</a>"));
    close_room(&room);
}

TEST(what_is_written_reads_the_same)
{
    struct room room;
    open_room(&room);
    struct buffer out;
    const char *value = "a<b>&\"'\r\n\t\xC2\x85\xE2\x80\xA8\xC3\xA9]]>";
    buffer_init(&out, &room.arena);
    buffer_add(&out, TEXT("<a b=\""));
    xml_write_attribute(&out, text_of(value));
    buffer_add(&out, TEXT("\">"));
    xml_write_text(&out, text_of(value));
    buffer_add(&out, TEXT("</a>"));
    const struct xml_node *root = parse(&room, buffer_string(&out));
    CHECK(root);
    CHECK_TEXT(root->value.data, value);
    CHECK_TEXT(root->attributes->value.data, value);
    close_room(&room);
}
