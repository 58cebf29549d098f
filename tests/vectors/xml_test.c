/* The documents, escapes and trees of vectors/xml. */
#include "formats/formats.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct room {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_parser *json;
    struct xml_parser *xml;
    const struct json_value *root;
    char *file;
};

static void open_room(struct room *room)
{
    char path[4096];
    size_t size;
    struct json_problem problem;
    snprintf(path, sizeof path, "%s/xml/cases.json", test_vectors());
    room->file = test_read_file(path, &size);
    budget_init(&room->budget, 64 << 20);
    slab_init(&room->blocks, &room->budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&room->arena, &room->blocks);
    room->json = json_parser_new();
    room->xml = xml_parser_new();
    CHECK(room->json && room->xml);
    room->root = json_parse(room->json, text_from(room->file, size), &room->arena, &problem);
    CHECK(room->root);
}

static void close_room(struct room *room)
{
    json_parser_free(room->json);
    xml_parser_free(room->xml);
    arena_release(&room->arena);
    slab_release(&room->blocks);
    free(room->file);
}

static text document_of(struct room *room, const struct json_value *one)
{
    text plain = json_text(json_member(one, TEXT("doc")));
    if (plain.data)
        return plain;
    text encoded = json_text(json_member(one, TEXT("doc_base64")));
    char *bytes = arena_alloc(&room->arena, encoded.size + 3);
    return text_from(bytes, base64_decode(bytes, encoded));
}

static void add_characters(struct buffer *out, const struct xml_node *node)
{
    for (; node; node = node->next) {
        buffer_add(out, node->value);
        add_characters(out, node->first_child);
    }
}

/* Why this client refuses the document, whatever is in it; NULL if it does not. */
static bool is_refused(const struct json_value *one)
{
    const struct json_value *features = json_member(one, TEXT("features"));
    for (size_t i = 0; features && i < features->count; i++) {
        text feature = json_text(json_item(features, i));
        if (text_equals(feature, TEXT("dtd")))
            return true;
    }
    return false;
}

TEST(documents_are_taken_or_refused_as_others_do)
{
    struct room room;
    open_room(&room);
    const struct json_value *cases = json_member(room.root, TEXT("documents"));
    size_t passed = 0, left_out = 0, failed = 0;
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        struct xml_problem problem;
        const struct xml_node *root =
            xml_parse(room.xml, document_of(&room, one), &room.arena, &problem);
        if (is_refused(one)) {
            left_out++;
            continue;
        }
        bool wanted = json_is_true(json_member(one, TEXT("wellformed")));
        text expected = json_text(json_member(one, TEXT("text")));
        struct buffer all;
        buffer_init(&all, &room.arena);
        add_characters(&all, root);
        bool good = wanted == (root != NULL) &&
                    (!root || !expected.data ||
                     text_equals(text_trim(buffer_text(&all)), text_trim(expected)));
        passed += good;
        failed += !good;
        if (!good)
            printf("failed: %.*s\n", TEXT_ARGS(json_text(json_member(one, TEXT("id")))));
    }
    printf(
        "xml/documents: %zu/%zu (%zu left out: DTDs are refused)\n", passed, passed + failed,
        left_out);
    CHECK(passed && !failed);
    close_room(&room);
}

TEST(escapes_are_undone_and_bad_ones_refused)
{
    struct room room;
    open_room(&room);
    struct xml_problem problem;
    struct buffer document;
    buffer_init(&document, &room.arena);
    const struct json_value *good = json_member(room.root, TEXT("unescape"));
    for (size_t i = 0; i < good->count; i++) {
        buffer_clear(&document);
        buffer_add_format(
            &document, "<a>%s</a>", json_text(json_member(json_item(good, i), TEXT("in"))).data);
        const struct xml_node *root =
            xml_parse(room.xml, buffer_text(&document), &room.arena, &problem);
        CHECK(root);
        CHECK_TEXT(root->value.data, json_text(json_member(json_item(good, i), TEXT("out"))).data);
    }
    const struct json_value *bad = json_member(room.root, TEXT("unescape_error"));
    for (size_t i = 0; i < bad->count; i++) {
        buffer_clear(&document);
        buffer_add_format(&document, "<a>%s</a>", json_text(json_item(bad, i)).data);
        CHECK(!xml_parse(room.xml, buffer_text(&document), &room.arena, &problem));
    }
    printf("xml/unescape: %u/%u\n", good->count + bad->count, good->count + bad->count);
    CHECK(good->count && bad->count);
    close_room(&room);
}

static bool tree_fits(const struct json_value *expected, const struct xml_node *node)
{
    const struct json_value *children = json_member(expected, TEXT("children"));
    const struct json_value *attributes = json_member(expected, TEXT("attributes"));
    text name = json_text(json_member(expected, TEXT("name")));
    text characters = json_text(json_member(expected, TEXT("text")));
    if (!name.data)
        name = json_text(json_member(expected, TEXT("root")));
    if (!node || !text_equals(node->name, name) ||
        (characters.data && !text_equals(node->value, characters)))
        return false;
    const struct xml_attribute *attribute = node->attributes;
    for (size_t i = 0; attributes && i < attributes->count; i++, attribute = attribute->next) {
        const struct json_value *pair = json_item(attributes, i);
        if (!attribute || !text_equals(attribute->name, json_text(json_item(pair, 0))) ||
            !text_equals(attribute->value, json_text(json_item(pair, 1))))
            return false;
    }
    const struct xml_node *child = node->first_child;
    for (size_t i = 0; children && i < children->count; i++, child = child ? child->next : NULL) {
        if (!tree_fits(json_item(children, i), child))
            return false;
    }
    return !children || !child;
}

TEST(trees_have_the_elements_they_should)
{
    struct room room;
    open_room(&room);
    const struct json_value *cases = json_member(room.root, TEXT("trees"));
    size_t passed = 0, left_out = 0;
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        struct xml_problem problem;
        text document = document_of(&room, one);
        text id = json_text(json_member(one, TEXT("id")));
        if (text_find_text(document, TEXT("<!DOCTYPE")) != SIZE_MAX) {
            left_out++;
            continue;
        }
        if (!tree_fits(one, xml_parse(room.xml, document, &room.arena, &problem)))
            FAIL("%.*s", TEXT_ARGS(id));
        passed++;
    }
    printf("xml/trees: %zu/%zu (%zu left out: DTDs are refused)\n", passed, passed, left_out);
    CHECK(passed);
    close_room(&room);
}
