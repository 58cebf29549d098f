#include "output.h"
#include "scalar.h"

static void start_line(struct buffer *out, size_t depth)
{
    enum { INDENT = 4 };
    buffer_add_char(out, '\n');
    for (size_t i = 0; i < depth * INDENT; i++)
        buffer_add_char(out, ' ');
}

static void write_value(struct buffer *out, const struct json_value *value, size_t depth)
{
    bool object = value->kind == JSON_OBJECT;
    if (value->kind == JSON_NUMBER && scalar_fits_float(value)) {
        scalar_add(out, value);
        return;
    }
    if ((!object && value->kind != JSON_LIST) || value->count == 0) {
        json_write(out, value);
        return;
    }
    buffer_add_char(out, object ? '{' : '[');
    for (uint32_t i = 0; i < value->count; i++) {
        if (i)
            buffer_add_char(out, ',');
        start_line(out, depth + 1);
        if (object) {
            json_write_string(out, value->names[i]);
            buffer_add(out, TEXT(": "));
        }
        write_value(out, &value->items[i], depth + 1);
    }
    start_line(out, depth);
    buffer_add_char(out, object ? '}' : ']');
}

void output_json(struct buffer *out, const struct json_value *value)
{
    write_value(out, value, 0);
    buffer_add_char(out, '\n');
}
