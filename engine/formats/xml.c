/* Design notes
 *
 * expat runs without its namespace processing: services differ in prefixes and namespaces, never in
 * local names, so those are all that is kept. A document type declaration stops the parser, with
 * which no entity can be declared and nothing external be asked for. Plain documents, which is what
 * services send, are read without expat: see xml_plain.h.
 */
#include "xml.h"

#include "xml_plain.h"

#include <expat.h>
#include <stdlib.h>

enum { LARGEST = 1 << 30 }; /* bytes of a document */

struct open_element {
    struct xml_node *node, *last_child;
    char *value; /* the node's, while it may still grow */
    size_t value_capacity;
};

struct xml_parser {
    XML_Parser expat;
    struct arena *arena;
    struct xml_node *root;
    const char *what; /* of the first problem that is not expat's */
    size_t depth;
    struct open_element open[XML_MAX_DEPTH];
};

struct xml_parser *xml_parser_new(void)
{
    struct xml_parser *parser = calloc(1, sizeof *parser);
    if (parser)
        parser->expat = XML_ParserCreate(NULL);
    if (parser && !parser->expat) {
        free(parser);
        return NULL;
    }
    return parser;
}

void xml_parser_free(struct xml_parser *parser)
{
    if (!parser)
        return;
    XML_ParserFree(parser->expat);
    free(parser);
}

static void stop(struct xml_parser *parser, const char *what)
{
    if (!parser->what)
        parser->what = what;
    XML_StopParser(parser->expat, XML_FALSE);
}

static text local_name(text name)
{
    size_t colon = text_find(name, ':');
    return colon < name.size ? text_after(name, colon + 1) : name;
}

static bool add_attributes(struct arena *arena, struct xml_node *node, const char **written)
{
    struct xml_attribute **link = &node->attributes;
    for (; written[0]; written += 2) {
        struct xml_attribute *attribute = arena_alloc_zeroed(arena, sizeof *attribute);
        if (!attribute)
            return false;
        attribute->name = arena_copy(arena, text_of(written[0]));
        attribute->value = arena_copy(arena, text_of(written[1]));
        if (!attribute->name.data || !attribute->value.data)
            return false;
        *link = attribute;
        link = &attribute->next;
    }
    return true;
}

static void XMLCALL start_element(void *arg, const char *name, const char **attributes)
{
    struct xml_parser *parser = arg;
    if (parser->what)
        return;
    if (parser->depth == XML_MAX_DEPTH) {
        stop(parser, "nested too deeply");
        return;
    }
    struct xml_node *node = arena_alloc_zeroed(parser->arena, sizeof *node);
    if (node) {
        node->name = arena_copy(parser->arena, local_name(text_of(name)));
        node->value = TEXT("");
    }
    if (!node || !node->name.data || !add_attributes(parser->arena, node, attributes)) {
        stop(parser, "out of memory");
        return;
    }
    struct open_element *parent = parser->depth ? &parser->open[parser->depth - 1] : NULL;
    if (!parent)
        parser->root = node;
    else if (parent->last_child)
        parent->last_child->next = node;
    else
        parent->node->first_child = node;
    if (parent)
        parent->last_child = node;
    parser->open[parser->depth++] = (struct open_element){.node = node};
}

static void XMLCALL end_element(void *arg, const char *name)
{
    struct xml_parser *parser = arg;
    (void)name;
    if (parser->depth)
        parser->depth--;
}

static void XMLCALL add_characters(void *arg, const char *bytes, int count)
{
    struct xml_parser *parser = arg;
    if (parser->what || !parser->depth)
        return;
    struct open_element *open = &parser->open[parser->depth - 1];
    text *value = &open->node->value, added = {bytes, (size_t)count};
    if (open->last_child && text_trim(added).size == 0)
        return;
    size_t needed = value->size + added.size + 1;
    if (needed > open->value_capacity) {
        size_t capacity = open->value_capacity ? 2 * needed : needed;
        char *grown = arena_alloc(parser->arena, capacity);
        if (!grown) {
            stop(parser, "out of memory");
            return;
        }
        memcpy(grown, value->data, value->size);
        open->value = grown;
        open->value_capacity = capacity;
    }
    memcpy(open->value + value->size, added.data, added.size);
    open->value[value->size + added.size] = '\0';
    value->data = open->value;
    value->size += added.size;
}

static void XMLCALL
refuse_doctype(void *arg, const char *name, const char *system, const char *public, int has_subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    stop(arg, "a document type declaration");
}

/* expat's message, and never NULL. */
static const char *expat_problem(XML_Parser expat)
{
    const char *what = XML_ErrorString(XML_GetErrorCode(expat));
    return what ? what : "not XML";
}

static struct xml_node *read_plain(text bytes, struct arena *arena)
{
    char *copy = bytes.size <= LARGEST ? arena_alloc(arena, bytes.size + XML_PLAIN_PADDING) : NULL;
    if (!copy)
        return NULL;
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    return xml_plain_read(copy, bytes.size, arena);
}

static struct xml_node *read_any(
    struct xml_parser *parser, text bytes, struct arena *arena, struct xml_problem *problem)
{
    XML_ParserReset(parser->expat, NULL);
    XML_SetUserData(parser->expat, parser);
    XML_SetElementHandler(parser->expat, start_element, end_element);
    XML_SetCharacterDataHandler(parser->expat, add_characters);
    XML_SetStartDoctypeDeclHandler(parser->expat, refuse_doctype);
    parser->arena = arena;
    parser->root = NULL;
    parser->what = NULL;
    parser->depth = 0;
    enum XML_Status status = XML_STATUS_ERROR;
    if (bytes.size > LARGEST)
        parser->what = "too large a document";
    else
        status = XML_Parse(parser->expat, bytes.data ? bytes.data : "", (int)bytes.size, 1);
    if (status == XML_STATUS_OK && parser->root)
        return parser->root;
    problem->what = parser->what ? parser->what : expat_problem(parser->expat);
    problem->line = (size_t)XML_GetCurrentLineNumber(parser->expat);
    problem->column = (size_t)XML_GetCurrentColumnNumber(parser->expat) + 1;
    return NULL;
}

struct xml_node *xml_parse(
    struct xml_parser *parser, text bytes, struct arena *arena, struct xml_problem *problem)
{
    struct xml_node *root = read_plain(bytes, arena);
    return root ? root : read_any(parser, bytes, arena, problem);
}

const struct xml_node *xml_next_named(const struct xml_node *node, text name)
{
    for (node = node ? node->next : NULL; node; node = node->next) {
        if (text_equals(node->name, name))
            return node;
    }
    return NULL;
}

const struct xml_node *xml_child(const struct xml_node *node, text name)
{
    const struct xml_node *child = node ? node->first_child : NULL;
    return child && !text_equals(child->name, name) ? xml_next_named(child, name) : child;
}

/* ---- Writing ---------------------------------------------------------------------- */

/* What stands for the character at the start, and how many bytes that character has. */
static text escape_of(text bytes, bool attribute, size_t *taken)
{
    *taken = 1;
    switch (bytes.data[0]) {
    case '&':
        return TEXT("&amp;");
    case '<':
        return TEXT("&lt;");
    case '>':
        return TEXT("&gt;");
    case '\r':
        return TEXT("&#xD;");
    case '"':
        return attribute ? TEXT("&quot;") : (text){NULL, 0};
    case '\n':
        return attribute ? TEXT("&#xA;") : (text){NULL, 0};
    case '\t':
        return attribute ? TEXT("&#x9;") : (text){NULL, 0};
    case '\xC2':
        *taken = 2;
        return text_starts_with(bytes, TEXT("\xC2\x85")) ? TEXT("&#x85;") : (text){NULL, 0};
    case '\xE2':
        *taken = 3;
        return text_starts_with(bytes, TEXT("\xE2\x80\xA8")) ? TEXT("&#x2028;") : (text){NULL, 0};
    default:
        return (text){NULL, 0};
    }
}

static void write_escaped(struct buffer *out, text value, bool attribute)
{
    size_t start = 0;
    for (size_t at = 0; at < value.size;) {
        size_t taken;
        text escape = escape_of(text_after(value, at), attribute, &taken);
        if (!escape.data) {
            at++;
            continue;
        }
        buffer_add(out, (text){value.data + start, at - start});
        buffer_add(out, escape);
        at += taken;
        start = at;
    }
    buffer_add(out, text_after(value, start));
}

void xml_write_text(struct buffer *out, text value)
{
    write_escaped(out, value, false);
}

void xml_write_attribute(struct buffer *out, text value)
{
    write_escaped(out, value, true);
}
