#include "json.h"

#include "utf8.h"

#include <math.h>
#include <stdlib.h>

const struct json_value *json_member(const struct json_value *object, text name)
{
    if (!json_is(object, JSON_OBJECT))
        return NULL;
    for (size_t i = object->count; i-- > 0;) {
        if (text_equals(object->names[i], name))
            return &object->items[i];
    }
    return NULL;
}

const struct json_value *json_item(const struct json_value *list, size_t index)
{
    return json_is(list, JSON_LIST) && index < list->count ? &list->items[index] : NULL;
}

text json_text(const struct json_value *string)
{
    return json_is(string, JSON_STRING) ? string->string : (text){NULL, 0};
}

int64_t json_i64(const struct json_value *number, int64_t fallback)
{
    enum { LONGEST = 63 };
    if (!json_is(number, JSON_NUMBER))
        return fallback;
    int64_t value;
    if (text_to_i64(number->string, &value))
        return value;
    char digits[LONGEST + 1];
    if (number->string.size > LONGEST)
        return fallback;
    memcpy(digits, number->string.data, number->string.size);
    digits[number->string.size] = '\0';
    double real = strtod(digits, NULL);
    bool whole = real == floor(real) && real >= -9.2e18 && real <= 9.2e18;
    return whole ? (int64_t)real : fallback;
}

bool json_is_true(const struct json_value *value)
{
    return json_is(value, JSON_TRUE);
}

/* ---- Writing ---------------------------------------------------------------------- */

/* How many bytes from here on stand for themselves. */
static size_t plain_run(text string)
{
    size_t at = 0;
    while (at < string.size) {
        unsigned char byte = (unsigned char)string.data[at];
        if (byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x80)
            break;
        at++;
    }
    return at;
}

static void write_escape(struct buffer *out, unsigned char byte)
{
    static const char letters[] = "\b\t\n\f\r\"\\", escapes[] = "btnfr\"\\";
    const char *found = byte ? strchr(letters, byte) : NULL;
    if (found) {
        buffer_add(out, (text){(char[]){'\\', escapes[found - letters]}, 2});
    } else {
        buffer_add(out, TEXT("\\u00"));
        buffer_add_hex(out, (text){(const char *)&byte, 1});
    }
}

void json_write_string(struct buffer *out, text string)
{
    buffer_add_char(out, '"');
    while (string.size) {
        size_t run = plain_run(string);
        if (run == 0 && (unsigned char)string.data[0] >= 0x80) {
            run = utf8_sequence_size(string);
            if (run == 0) {
                buffer_add(out, TEXT("\xEF\xBF\xBD"));
                string = text_after(string, 1);
                continue;
            }
        }
        if (run == 0) {
            write_escape(out, (unsigned char)string.data[0]);
            run = 1;
        } else {
            buffer_add(out, (text){string.data, run});
        }
        string = text_after(string, run);
    }
    buffer_add_char(out, '"');
}

static void write_container(struct buffer *out, const struct json_value *value)
{
    bool object = value->kind == JSON_OBJECT;
    buffer_add_char(out, object ? '{' : '[');
    for (size_t i = 0; i < value->count; i++) {
        if (i)
            buffer_add_char(out, ',');
        if (object) {
            json_write_string(out, value->names[i]);
            buffer_add_char(out, ':');
        }
        json_write(out, &value->items[i]);
    }
    buffer_add_char(out, object ? '}' : ']');
}

void json_write(struct buffer *out, const struct json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
        buffer_add(out, TEXT("null"));
        break;
    case JSON_FALSE:
        buffer_add(out, TEXT("false"));
        break;
    case JSON_TRUE:
        buffer_add(out, TEXT("true"));
        break;
    case JSON_NUMBER:
        buffer_add(out, value->string);
        break;
    case JSON_STRING:
        json_write_string(out, value->string);
        break;
    case JSON_LIST:
    case JSON_OBJECT:
        write_container(out, value);
        break;
    }
}
