#include "keys.h"
#include "output.h"
#include "scalar.h"
#include "table.h"

struct drawing {
    struct table table;
    struct arena *arena;
    bool uneven; /* what is not alike stands in one list */
};

static void build(
    struct drawing *drawing, text title, const struct json_value *value, size_t indent);

/* ---- Cells ----------------------------------------------------------------------------------- */

static text cell_of(struct drawing *drawing, const struct json_value *value)
{
    struct buffer cell;
    if (!value)
        return TEXT("");
    if (value->kind == JSON_STRING)
        return value->string;
    buffer_init(&cell, drawing->arena);
    scalar_add(&cell, value);
    drawing->table.failed = drawing->table.failed || !buffer_ok(&cell);
    return buffer_text(&cell);
}

static text *cells_new(struct drawing *drawing, size_t count)
{
    text *cells = arena_alloc(drawing->arena, (count + 1) * sizeof *cells);
    drawing->table.failed = drawing->table.failed || !cells;
    return cells;
}

static void add_row_of_items(struct drawing *drawing, const struct json_value *list)
{
    text *cells = cells_new(drawing, list->count);
    for (uint32_t i = 0; cells && i < list->count; i++)
        cells[i] = cell_of(drawing, &list->items[i]);
    if (cells)
        table_add_row(&drawing->table, cells, list->count);
}

/* An object where rows are wanted shows its names, as iterating over it does in Python. */
static void add_row_of_names(struct drawing *drawing, const struct json_value *object)
{
    text *cells = cells_new(drawing, object->count);
    for (uint32_t i = 0; cells && i < object->count; i++)
        cells[i] = object->names[i];
    if (cells)
        table_add_row(&drawing->table, cells, object->count);
}

static void add_row_of_keys(
    struct drawing *drawing, const struct keys *keys, const struct json_value *object)
{
    text *cells = cells_new(drawing, keys->count);
    for (size_t i = 0; cells && i < keys->count; i++)
        cells[i] = cell_of(drawing, json_member(object, keys->names[i]));
    if (cells)
        table_add_row(&drawing->table, cells, keys->count);
}

/* ---- Objects --------------------------------------------------------------------------------- */

static void sort(struct drawing *drawing, struct keys *keys)
{
    keys_sort(keys);
    drawing->table.failed = drawing->table.failed || keys->failed;
}

static void build_object(struct drawing *drawing, const struct json_value *object, size_t indent)
{
    struct keys scalars, rest;
    keys_init(&scalars, drawing->arena);
    keys_init(&rest, drawing->arena);
    keys_add(&scalars, object, true);
    keys_add(&rest, object, false);
    sort(drawing, &scalars);
    sort(drawing, &rest);
    if (scalars.count == 1) {
        text *cells = cells_new(drawing, 2);
        if (!cells)
            return;
        cells[0] = scalars.names[0];
        cells[1] = cell_of(drawing, json_member(object, scalars.names[0]));
        table_add_row(&drawing->table, cells, 2);
    } else if (scalars.count) {
        table_set_header(&drawing->table, scalars.names, scalars.count);
        add_row_of_keys(drawing, &scalars, object);
    }
    for (size_t i = 0; i < rest.count; i++)
        build(drawing, rest.names[i], json_member(object, rest.names[i]), indent + 1);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static bool gather_keys(
    struct drawing *drawing, const struct json_value *list, struct keys *scalars, struct keys *rest)
{
    keys_init(scalars, drawing->arena);
    keys_init(rest, drawing->arena);
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != JSON_OBJECT) {
            drawing->uneven = true;
            return false;
        }
        keys_add(scalars, &list->items[i], true);
        keys_add(rest, &list->items[i], false);
    }
    sort(drawing, scalars);
    sort(drawing, rest);
    return true;
}

static void build_list_of_objects(
    struct drawing *drawing, text title, const struct json_value *list, size_t indent)
{
    struct keys scalars, rest;
    if (!gather_keys(drawing, list, &scalars, &rest))
        return;
    table_set_header(&drawing->table, scalars.names, scalars.count);
    for (uint32_t i = 0; i < list->count && !drawing->table.failed; i++) {
        const struct json_value *object = &list->items[i];
        if (i && rest.count) {
            table_add_section(&drawing->table, title, indent);
            table_set_header(&drawing->table, scalars.names, scalars.count);
        }
        add_row_of_keys(drawing, &scalars, object);
        for (size_t k = 0; k < rest.count; k++) {
            const struct json_value *value = json_member(object, rest.names[k]);
            if (value)
                build(drawing, rest.names[k], value, indent + 1);
        }
    }
}

static bool is_row(const struct json_value *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (!scalar_is(&list->items[i]))
            return false;
    }
    return true;
}

static void build_list(struct drawing *drawing, const struct json_value *list)
{
    for (uint32_t i = 0; i < list->count && !drawing->table.failed; i++) {
        const struct json_value *item = &list->items[i];
        text *cell = scalar_is(item) ? cells_new(drawing, 1) : NULL;
        if (cell) {
            *cell = cell_of(drawing, item);
            table_add_row(&drawing->table, cell, 1);
        } else if (item->kind == JSON_OBJECT) {
            add_row_of_names(drawing, item);
        } else if (is_row(item)) {
            add_row_of_items(drawing, item);
        } else {
            build(drawing, (text){NULL, 0}, item, 0);
        }
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void build(
    struct drawing *drawing, text title, const struct json_value *value, size_t indent)
{
    if (json_is_nothing(value))
        return;
    if (title.data)
        table_add_section(&drawing->table, title, indent);
    if (drawing->table.failed)
        return;
    if (value->kind == JSON_OBJECT)
        build_object(drawing, value, indent);
    else if (value->kind == JSON_LIST && value->items[0].kind == JSON_OBJECT)
        build_list_of_objects(drawing, title, value, indent);
    else if (value->kind == JSON_LIST)
        build_list(drawing, value);
}

bool output_table(
    struct buffer *out, const struct json_value *value, const char *title, size_t width)
{
    struct drawing drawing = {.arena = out->arena};
    table_init(&drawing.table, out->arena);
    build(&drawing, text_of(title), value, 0);
    if (drawing.table.sections && !drawing.uneven && !drawing.table.failed)
        table_render(&drawing.table, width, out);
    if (drawing.table.failed && !drawing.table.uneven)
        out->failed = true;
    return !drawing.uneven && !drawing.table.uneven;
}
