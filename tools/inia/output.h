/*
 * output: an operation's output as the AWS CLI prints it: json, text or table, and what a JMESPath
 * expression (--query) finds in it. Semantics are those of awscli's formatter.py, text.py and
 * table.py (version 1), whose bytes tests/tools/output_test.py compares with.
 */
#ifndef INIA_OUTPUT_H
#define INIA_OUTPUT_H

#include "workspace.h"

enum output_style {
    OUTPUT_PLAIN, /* JSON with an indent of 4, "{}" at least */
    OUTPUT_JSON,  /* the same, but nothing for an empty output */
    OUTPUT_TEXT,
    OUTPUT_TABLE,
};

struct output {
    enum output_style style;
    const struct jmespath *query; /* NULL: all of it */
    const char *query_written;
    const char *title; /* of a table: the operation's name */
    size_t width;      /* of the terminal: wider tables are turned, where that helps */
};

/* "text"; false if there is no such style. */
bool output_style_of(const char *name, enum output_style *style);

/* Compiles the query into the workspace. false with a line on stderr that shows the place. */
bool output_set_query(struct output *output, struct workspace *workspace, const char *query);

/* What of value is asked for, on standard output; made in arena, which may be cleared after.
 * Returns an exit code, with a line on stderr if it is not EXIT_GOOD. */
int output_print(const struct output *output, const struct json_value *value, struct arena *arena);

size_t output_terminal_width(void); /* of standard output; 80 if it is no terminal */

/* ---- The styles: each appends to out ------------------------------------------------------ */

void output_json(struct buffer *out, const struct json_value *value);
void output_text(struct buffer *out, const struct json_value *value);
/* false: rows of one table differ in length, or what is not alike stands in one list. */
bool output_table(
    struct buffer *out, const struct json_value *value, const char *title, size_t width) MUST_USE;

#endif
