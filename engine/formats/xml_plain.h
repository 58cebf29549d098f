/*
 * xml_plain: the XML that services send nearly always, read in one pass where it lies: UTF-8 with
 * no carriage returns, elements, attributes of ASCII, character data, the five entities and
 * characters by number. Whatever else there is (comments, CDATA, text after a child, a mistake) is
 * for expat to judge, which is three times slower and has the last word on what is XML.
 */
#ifndef FORMATS_XML_PLAIN_H
#define FORMATS_XML_PLAIN_H

#include "xml.h"

enum { XML_PLAIN_PADDING = 1 };

/* The tree that xml_parse() promises: nodes in arena, their texts in bytes, which are changed and
 * must stay as long, as must XML_PLAIN_PADDING behind them, which are ours. NULL: not plain, not
 * XML, or no memory. */
struct xml_node *xml_plain_read(char *bytes, size_t size, struct arena *arena);

#endif
