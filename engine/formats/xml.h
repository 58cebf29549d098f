/*
 * xml: XML documents read (expat does the work) and written. No DTDs and no entities but the five
 * and characters. All texts are UTF-8; a document may be UTF-16, Latin-1 or ASCII if it says so.
 */
#ifndef FORMATS_XML_H
#define FORMATS_XML_H

#include "base/base.h"

enum { XML_MAX_DEPTH = 128 };

/* An element. Names are local: the prefix and its namespace are dropped, attributes keep "xsi:type"
 * as written. */
struct xml_node {
    text name;
    text
        value; /* the character data directly in it, joined, without white space between children */
    struct xml_node *first_child, *next; /* in document order */
    struct xml_attribute *attributes;    /* a chain */
};

struct xml_attribute {
    text name, value;
    struct xml_attribute *next;
};

struct xml_problem {
    const char *what;
    size_t line, column;
};

/* Holds expat's memory between documents. One per thread that parses. */
struct xml_parser;
struct xml_parser *xml_parser_new(void);
void xml_parser_free(struct xml_parser *parser);

/* The root element, in arena. NULL with *problem. Texts end in a NUL. */
struct xml_node *xml_parse(
    struct xml_parser *parser, text bytes, struct arena *arena, struct xml_problem *problem);

const struct xml_node *xml_child(
    const struct xml_node *node, text name); /* the first; NULL if none, or node NULL */
const struct xml_node *xml_next_named(
    const struct xml_node *node, text name); /* among its later siblings */

void xml_write_text(
    struct buffer *out, text value); /* escapes & < > and, as XML demands, CR, U+0085, U+2028 */
void xml_write_attribute(struct buffer *out, text value); /* and " as well; without the quotes */

#endif
