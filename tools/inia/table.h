/*
 * table: sections of rows drawn with - | and +, one below the other, all equally wide; a section
 * further in has more edges. The drawing is that of awscli/table.py, without colours.
 */
#ifndef INIA_TABLE_H
#define INIA_TABLE_H

#include "base/base.h"

struct table_row {
    text *cells;
    size_t count;
    struct table_row *next;
};

struct table_section {
    text title;              /* absent: none */
    struct table_row header; /* no cells: none */
    struct table_row *rows, **last;
    size_t row_count;
    size_t indent;
    size_t *widths; /* of the columns, as wide as their widest cell */
    size_t column_count;
    bool has_columns; /* rows must have as many cells as the first of them or the header */
    size_t cells;
    struct table_section *next;
};

struct table {
    struct arena *arena;
    struct table_section *sections, *current;
    bool failed; /* no memory, or uneven */
    bool uneven; /* rows that do not fit their section */
};

void table_init(struct table *table, struct arena *arena);
void table_add_section(struct table *table, text title, size_t indent);
/* Cells are kept, not copied. There must be a section. */
void table_set_header(struct table *table, text *cells, size_t count);
void table_add_row(struct table *table, text *cells, size_t count);

/* Sections of one row are turned, a line each column, if the table is wider than width. */
void table_render(struct table *table, size_t width, struct buffer *out);

#endif
