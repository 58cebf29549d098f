#include "table.h"

#include "columns.h"

#include <math.h>

enum { PADDING = 4 }; /* columns beside each cell's text, its edge included */

/* ---- Building -------------------------------------------------------------------------------- */

void table_init(struct table *table, struct arena *arena)
{
    *table = (struct table){.arena = arena};
}

static bool refuse(struct table *table, bool uneven)
{
    table->failed = true;
    table->uneven = table->uneven || uneven;
    return false;
}

void table_add_section(struct table *table, text title, size_t indent)
{
    struct table_section *section = arena_alloc_zeroed(table->arena, sizeof *section);
    if (!section) {
        refuse(table, false);
        return;
    }
    section->title = title;
    section->indent = indent;
    section->last = &section->rows;
    if (table->current)
        table->current->next = section;
    else
        table->sections = section;
    table->current = section;
}

/* Columns get wider, never more: unless there were none yet. */
static bool widen(
    struct table *table, struct table_section *section, const text *cells, size_t count)
{
    if (section->column_count == 0 && count) {
        section->widths = arena_alloc_zeroed(table->arena, count * sizeof *section->widths);
        section->column_count = section->widths ? count : 0;
        if (!section->widths)
            return refuse(table, false);
    }
    if (count > section->column_count)
        return refuse(table, true);
    for (size_t i = 0; i < count; i++) {
        size_t width = columns_of(cells[i]);
        if (width > section->widths[i])
            section->widths[i] = width;
    }
    return true;
}

void table_set_header(struct table *table, text *cells, size_t count)
{
    struct table_section *section = table->current;
    if (table->failed || !widen(table, section, cells, count))
        return;
    if (!section->has_columns)
        section->cells = count;
    section->has_columns = true;
    section->header = (struct table_row){cells, count, NULL};
}

static void add_row(struct table *table, struct table_section *section, text *cells, size_t count)
{
    struct table_row *row = arena_alloc(table->arena, sizeof *row);
    if (!section->has_columns)
        section->cells = count;
    section->has_columns = true;
    if (!row || count != section->cells) {
        refuse(table, row != NULL);
        return;
    }
    *row = (struct table_row){cells, count, NULL};
    *section->last = row;
    section->last = &row->next;
    section->row_count++;
    widen(table, section, cells, count);
}

void table_add_row(struct table *table, text *cells, size_t count)
{
    if (!table->failed)
        add_row(table, table->current, cells, count);
}

/* ---- Widths ---------------------------------------------------------------------------------- */

/* The title None counts as Python writes it. */
static size_t section_width(const struct table_section *section)
{
    enum { BORDERS = 2, WIDTH_OF_NONE = 4 };
    size_t title = section->title.data ? columns_of(section->title) : WIDTH_OF_NONE;
    size_t rows = 0;
    for (size_t i = 0; i < section->column_count; i++)
        rows += section->widths[i] + PADDING;
    return (rows > title ? rows : title) + BORDERS + 2 * section->indent;
}

static size_t widest(const struct table *table)
{
    size_t width = 0;
    for (const struct table_section *s = table->sections; s; s = s->next)
        width = section_width(s) > width ? section_width(s) : width;
    return width;
}

/* Columns stretched, or shrunk, so that together they are as wide as the table. */
static void scale(const struct table_section *section, size_t width, long *scaled)
{
    size_t count = section->column_count, sum = 0;
    long total = 0;
    for (size_t i = 0; i < count; i++)
        sum += section->widths[i] + PADDING;
    double factor = (double)width / (double)sum;
    for (size_t i = 0; i < count; i++) {
        scaled[i] = (long)rint(factor * (double)(section->widths[i] + PADDING));
        total += scaled[i];
    }
    long excess = total - (long)width;
    for (size_t i = 0; excess > 0; excess--, i++)
        scaled[i % count]--;
    for (size_t i = 0; excess < 0; excess++, i++)
        scaled[count - 1 - i % count]++;
}

/* A section of one row becomes a row for each column: its header, its value. */
static bool turn(struct table *table, struct table_section *section)
{
    if (section->row_count != 1 || section->header.count == 0)
        return true;
    struct table_section turned = {
        .title = section->title, .indent = section->indent, .next = section->next};
    turned.last = &turned.rows;
    const struct table_row *row = section->rows;
    for (size_t i = 0; i < row->count && i < section->header.count; i++) {
        text *cells = arena_alloc(table->arena, 2 * sizeof *cells);
        if (!cells)
            return refuse(table, false);
        cells[0] = section->header.cells[i];
        cells[1] = row->cells[i];
        add_row(table, &turned, cells, 2);
    }
    *section = turned;
    return !table->failed;
}

/* ---- Drawing --------------------------------------------------------------------------------- */

static void repeat(struct buffer *out, char byte, long count)
{
    while (count-- > 0)
        buffer_add_char(out, byte);
}

static void start_line(struct buffer *out, const struct table_section *section)
{
    repeat(out, '|', (long)section->indent);
}

static void end_line(struct buffer *out, const struct table_section *section)
{
    repeat(out, '|', (long)section->indent);
    buffer_add_char(out, '\n');
}

static void draw_centred(struct buffer *out, text cell, long width, bool left_edge)
{
    long columns = (long)columns_of(cell);
    long before = width / 2 - columns / 2 - 1;
    if (left_edge)
        buffer_add_char(out, '|');
    repeat(out, ' ', before);
    buffer_add(out, cell);
    repeat(out, ' ', width - 1 - left_edge - before - columns);
    buffer_add_char(out, '|');
}

static void draw_left(struct buffer *out, text cell, long width, bool left_edge)
{
    long columns = (long)columns_of(cell);
    long padding = width - (columns + 2 + left_edge + 1) >= 0 ? 2 : 0;
    if (left_edge)
        buffer_add_char(out, '|');
    repeat(out, ' ', padding);
    buffer_add(out, cell);
    repeat(out, ' ', width - left_edge - padding - columns - 1);
    buffer_add_char(out, '|');
}

static void draw_break(struct buffer *out, const struct table_section *section, const long *widths)
{
    start_line(out, section);
    for (size_t i = 0; i < section->column_count; i++) {
        if (i == 0)
            buffer_add_char(out, '+');
        repeat(out, '-', widths[i] - (i == 0 ? 2 : 1));
        buffer_add_char(out, '+');
    }
    end_line(out, section);
}

static void draw_title(struct buffer *out, const struct table_section *section, size_t width)
{
    if (!section->title.size)
        return;
    start_line(out, section);
    draw_centred(out, section->title, (long)width, true);
    end_line(out, section);
    if (section->header.count || section->rows)
        return;
    start_line(out, section);
    buffer_add_char(out, '+');
    repeat(out, '-', (long)width - 2);
    buffer_add_char(out, '+');
    end_line(out, section);
}

static void draw_cells(
    struct buffer *out, const struct table_section *section, const struct table_row *row,
    const long *widths, void (*draw)(struct buffer *, text, long, bool))
{
    start_line(out, section);
    for (size_t i = 0; i < row->count && i < section->column_count; i++)
        draw(out, row->cells[i], widths[i], i == 0);
    end_line(out, section);
}

static void draw_section(
    struct table *table, const struct table_section *section, size_t width, struct buffer *out)
{
    long *widths = arena_alloc(table->arena, (section->column_count + 1) * sizeof *widths);
    if (!widths) {
        refuse(table, false);
        return;
    }
    draw_title(out, section, width);
    if (!section->column_count)
        return;
    scale(section, width, widths);
    if (section->header.count) {
        draw_break(out, section, widths);
        draw_cells(out, section, &section->header, widths, draw_centred);
    }
    if (!section->rows)
        return;
    draw_break(out, section, widths);
    for (const struct table_row *row = section->rows; row; row = row->next)
        draw_cells(out, section, row, widths, draw_left);
    draw_break(out, section, widths);
}

void table_render(struct table *table, size_t width, struct buffer *out)
{
    size_t all = widest(table);
    if (all > width) {
        for (struct table_section *s = table->sections; s; s = s->next)
            turn(table, s);
        all = widest(table);
    }
    if (table->failed)
        return;
    repeat(out, '-', (long)all);
    buffer_add_char(out, '\n');
    for (const struct table_section *s = table->sections; s; s = s->next)
        draw_section(table, s, all - 2 * s->indent, out);
}
