#include "keys.h"
#include "output.h"
#include "scalar.h"

#include <locale.h>
#include <wctype.h>

static void write_item(
    struct buffer *out, const struct json_value *item, text heading, const struct keys *columns);

/* ---- Headings -------------------------------------------------------------------------------- */

/* In capitals. Keys of maps are not always ASCII. */
static void add_heading(struct buffer *out, text name)
{
    static locale_t unicode;
    if (!unicode)
        unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    while (name.size) {
        size_t size = utf8_sequence_size(name);
        char byte = name.data[0], upper[4];
        if (size > 1 && unicode) {
            wint_t character = (wint_t)utf8_decode(name, size);
            buffer_add(
                out, (text){upper, utf8_encode((uint32_t)towupper_l(character, unicode), upper)});
        } else {
            buffer_add_char(out, byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte);
        }
        name = text_after(name, size ? size : 1);
    }
}

/* ---- Objects --------------------------------------------------------------------------------- */

/* One line of the scalars: of those columns, absent ones empty, or of its own. */
static void write_scalars(
    struct buffer *out, const struct json_value *object, text heading, const struct keys *columns)
{
    if (!columns->count)
        return;
    if (heading.data) {
        add_heading(out, heading);
        buffer_add_char(out, '\t');
    }
    for (size_t i = 0; i < columns->count; i++) {
        const struct json_value *value = json_member(object, columns->names[i]);
        if (i)
            buffer_add_char(out, '\t');
        if (value)
            scalar_add(out, value);
    }
    buffer_add_char(out, '\n');
}

static void write_object(
    struct buffer *out, const struct json_value *object, text heading, const struct keys *columns)
{
    struct keys own, rest;
    keys_init(&own, out->arena);
    keys_init(&rest, out->arena);
    keys_add(&own, object, true);
    keys_add(&rest, object, false);
    keys_sort(&own);
    keys_sort(&rest);
    out->failed = out->failed || own.failed || rest.failed;
    write_scalars(out, object, heading, columns ? columns : &own);
    for (size_t i = 0; i < rest.count; i++) {
        if (!columns || !keys_have(columns, rest.names[i]))
            write_item(out, json_member(object, rest.names[i]), rest.names[i], NULL);
    }
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static bool has_kind(const struct json_value *list, enum json_kind kind)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == kind)
            return true;
    }
    return false;
}

/* Under a heading a line each, else all on one line. */
static void write_scalar_list(struct buffer *out, const struct json_value *list, text heading)
{
    bool first = true;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!scalar_is(&list->items[i]))
            continue;
        if (heading.data) {
            add_heading(out, heading);
            buffer_add_char(out, '\t');
        } else if (!first) {
            buffer_add_char(out, '\t');
        }
        scalar_add(out, &list->items[i]);
        if (heading.data)
            buffer_add_char(out, '\n');
        first = false;
    }
    if (!heading.data && !first)
        buffer_add_char(out, '\n');
}

static void write_list_of_objects(struct buffer *out, const struct json_value *list, text heading)
{
    struct keys columns;
    keys_init(&columns, out->arena);
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == JSON_OBJECT)
            keys_add(&columns, &list->items[i], true);
    }
    keys_sort(&columns);
    out->failed = out->failed || columns.failed;
    for (uint32_t i = 0; i < list->count; i++)
        write_item(out, &list->items[i], heading, &columns);
}

static void write_list(struct buffer *out, const struct json_value *list, text heading)
{
    if (has_kind(list, JSON_OBJECT)) {
        write_list_of_objects(out, list, heading);
        return;
    }
    write_scalar_list(out, list, heading);
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == JSON_LIST)
            write_item(out, &list->items[i], heading, NULL);
    }
}

static void write_item(
    struct buffer *out, const struct json_value *item, text heading, const struct keys *columns)
{
    if (item->kind == JSON_OBJECT) {
        write_object(out, item, heading, columns);
    } else if (item->kind == JSON_LIST) {
        write_list(out, item, heading);
    } else {
        scalar_add(out, item);
        buffer_add_char(out, '\n');
    }
}

void output_text(struct buffer *out, const struct json_value *value)
{
    write_item(out, value, (text){NULL, 0}, NULL);
}
