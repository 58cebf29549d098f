/*
 * plain_text: documentation as the model files have it, a loose HTML, made readable on a terminal:
 * paragraphs, lists, notes, links with their addresses, entities; wrapped to a width.
 *
 * Tags it does not know stay as written: the documentation is full of <placeholders>. Nothing that
 * could move a terminal's cursor gets through but line feeds.
 */
#ifndef INIA_PLAIN_TEXT_H
#define INIA_PLAIN_TEXT_H

#include "base/base.h"

enum {
    PLAIN_TEXT_MIN_WIDTH = 20, /* columns of text beside the indentation, at least */
    PLAIN_TEXT_MAX_LISTS = 8,  /* lists in lists that are still indented further */
};

/* Each line indented by so many spaces and at most width columns wide, unless one word is wider.
 * Ends with a line feed, or writes nothing at all if there is no text. */
void plain_text_write(struct buffer *out, text html, size_t indent, size_t width);

/* The same of plain text, where < and & mean nothing; lines after the first stand 4 further in. */
void plain_text_wrap(struct buffer *out, text plain, size_t indent, size_t width);

/* Columns of the terminal on standard output, 80 without one; 40 to 100. */
size_t plain_text_width(void);

#endif
