#include "scalar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Numbers -------------------------------------------------------------------------------- */

static bool is_whole(text written)
{
    for (size_t i = 0; i < written.size; i++) {
        char byte = written.data[i];
        if ((byte < '0' || byte > '9') && !(byte == '-' && i == 0))
            return false;
    }
    return true;
}

/* The fewest digits that read back the same: "-d.ddde+XX". */
static void shortest(double number, char *out, size_t size)
{
    for (int digits = 0; digits <= 16; digits++) {
        snprintf(out, size, "%.*e", digits, number);
        if (strtod(out, NULL) == number)
            return;
    }
}

/* As Python's repr() of a float: a point or an exponent always, the latter from 1e16 on and below
 * 1e-4. */
static void add_float(struct buffer *out, double number)
{
    char written[40];
    if (!isfinite(number)) {
        buffer_add_format(out, isnan(number) ? "nan" : number < 0 ? "-inf" : "inf");
        return;
    }
    shortest(number, written, sizeof written);
    char *e = strchr(written, 'e');
    int exponent = atoi(e + 1);
    int digits = (int)(e - written) - (written[0] == '-');
    digits -= digits > 1; /* its point */
    *e = '\0';
    if (exponent < -4 || exponent >= 16)
        buffer_add_format(out, "%se%+03d", written, exponent);
    else
        buffer_add_format(
            out, "%.*f", digits - 1 - exponent > 1 ? digits - 1 - exponent : 1, number);
}

enum { MOST_DIGITS = 400 }; /* more than any double has */

static double number_of(text written)
{
    char copy[MOST_DIGITS];
    memcpy(copy, written.data, written.size);
    copy[written.size] = '\0';
    return strtod(copy, NULL);
}

bool scalar_fits_float(const struct json_value *number)
{
    text written = number->string;
    return is_whole(written) || written.size >= MOST_DIGITS || isfinite(number_of(written));
}

static void add_number(struct buffer *out, text written)
{
    if (is_whole(written))
        buffer_add(out, text_equals(written, TEXT("-0")) ? TEXT("0") : written);
    else if (written.size >= MOST_DIGITS)
        buffer_add(out, written);
    else
        add_float(out, number_of(written));
}

/* ---- Strings, lists, objects ---------------------------------------------------------------- */

/* As Python's repr(): single quotes, unless it holds some and no double ones. */
static void add_quoted(struct buffer *out, text string)
{
    bool single = text_find(string, '\'') == string.size || text_find(string, '"') < string.size;
    char quote = single ? '\'' : '"';
    buffer_add_char(out, quote);
    for (size_t i = 0; i < string.size; i++) {
        char byte = string.data[i];
        const char *escapes = "\tt\nn\rr\\\\";
        const char *escape = byte ? strchr(escapes, byte) : NULL;
        if (escape && (escape - escapes) % 2 == 0)
            buffer_add_format(out, "\\%c", escape[1]);
        else if (byte == quote)
            buffer_add_format(out, "\\%c", byte);
        else if ((unsigned char)byte < ' ' || byte == 0x7f)
            buffer_add_format(out, "\\x%02x", (unsigned)byte);
        else
            buffer_add_char(out, byte);
    }
    buffer_add_char(out, quote);
}

static void add_within(struct buffer *out, const struct json_value *value)
{
    if (value->kind == JSON_STRING)
        add_quoted(out, value->string);
    else
        scalar_add(out, value);
}

static void add_container(struct buffer *out, const struct json_value *value)
{
    bool object = value->kind == JSON_OBJECT;
    buffer_add_char(out, object ? '{' : '[');
    for (uint32_t i = 0; i < value->count; i++) {
        if (i)
            buffer_add(out, TEXT(", "));
        if (object) {
            add_quoted(out, value->names[i]);
            buffer_add(out, TEXT(": "));
        }
        add_within(out, &value->items[i]);
    }
    buffer_add_char(out, object ? '}' : ']');
}

void scalar_add(struct buffer *out, const struct json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
        buffer_add(out, TEXT("None"));
        break;
    case JSON_FALSE:
        buffer_add(out, TEXT("False"));
        break;
    case JSON_TRUE:
        buffer_add(out, TEXT("True"));
        break;
    case JSON_NUMBER:
        add_number(out, value->string);
        break;
    case JSON_STRING:
        buffer_add(out, value->string);
        break;
    case JSON_LIST:
    case JSON_OBJECT:
        add_container(out, value);
        break;
    }
}
