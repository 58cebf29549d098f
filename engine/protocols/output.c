/* output: the pieces of output JSON. */
#include "reading.h"

bool reading_fail(struct reading *reading, const char *what)
{
    if (reading->status != INIA_OK)
        return false;
    bool memory = strcmp(what, "out of memory") == 0;
    reading->status = memory ? INIA_NO_MEMORY : INIA_BAD_RESPONSE;
    error_set(
        reading->error, reading->status, "the response to %.*s: %.*s%s%s",
        TEXT_ARGS(reading->plan->operation->name), TEXT_ARGS(reading->where),
        reading->where.size ? ": " : "", what);
    return false;
}

void out_item(struct buffer *out)
{
    if (out->size && out->data[out->size - 1] != '{' && out->data[out->size - 1] != '[')
        buffer_add_char(out, ',');
}

void out_planned_name(struct buffer *out, text name)
{
    char *room = buffer_reserve(out, name.size + PLAN_NAME_ROOM);
    if (!room)
        return;
    bool first = out->size && room[-1] == '{';
    const char *written = name.data + first;
    size_t size = name.size - first;
    memcpy(room, written, PLAN_NAME_ROOM - 1); /* a size that is known is no call */
    if (size >= PLAN_NAME_ROOM)
        memcpy(room, written, size);
    out->size += size;
}

void out_name(struct buffer *out, text name)
{
    out_item(out);
    json_write_string(out, name);
    buffer_add_char(out, ':');
}

/* As the AWS CLI does, which is Python's isoformat(): microseconds or nothing, and an offset. */
void out_date(struct buffer *out, struct date date)
{
    buffer_add_char(out, '"');
    date_write_iso8601(out, (struct date){date.seconds, 0});
    out->size -= buffer_ok(out); /* its Z */
    if (date.nanoseconds >= 1000) {
        char digits[8];
        uint32_t microseconds = date.nanoseconds / 1000;
        for (size_t i = 6; i > 0; i--, microseconds /= 10)
            digits[i] = (char)('0' + microseconds % 10);
        digits[0] = '.';
        buffer_add(out, (text){digits, 7});
    }
    buffer_add(out, TEXT("+00:00\""));
}

static bool is_whole_number(text written)
{
    size_t at = 0;
    while (at < written.size && written.data[at] >= '0' && written.data[at] <= '9')
        at++;
    return at && at == written.size && (written.data[0] != '0' || at == 1);
}

/* Whether it can stand in JSON as it is. */
static bool is_json_number(text written)
{
    if (is_whole_number(written))
        return true;
    struct cursor cursor = cursor_of(written);
    cursor_skip(&cursor, TEXT("-"));
    bool zero = cursor_skip(&cursor, TEXT("0"));
    size_t whole = 0, digits = 0;
    for (int b; (b = cursor_peek(&cursor)) >= '0' && b <= '9'; cursor_u8(&cursor))
        whole++;
    if ((zero && whole) || (!zero && !whole))
        return false;
    if (cursor_skip(&cursor, TEXT("."))) {
        for (int b; (b = cursor_peek(&cursor)) >= '0' && b <= '9'; cursor_u8(&cursor))
            digits++;
        if (!digits)
            return false;
    }
    if (cursor_skip(&cursor, TEXT("e")) || cursor_skip(&cursor, TEXT("E"))) {
        if (!cursor_skip(&cursor, TEXT("+")))
            cursor_skip(&cursor, TEXT("-"));
        for (digits = 0; cursor_peek(&cursor) >= '0' && cursor_peek(&cursor) <= '9'; digits++)
            cursor_u8(&cursor);
        if (!digits)
            return false;
    }
    return cursor_is_done(&cursor);
}

static bool out_number(struct reading *reading, const struct model_shape *shape, text written)
{
    written = text_trim(written);
    if (is_json_number(written)) {
        buffer_add(&reading->out, written);
        return true;
    }
    bool special = text_equals(written, TEXT("NaN")) || text_equals(written, TEXT("Infinity")) ||
                   text_equals(written, TEXT("-Infinity"));
    if (shape->kind != MODEL_FLOAT || !special)
        return reading_fail(reading, "not a number");
    json_write_string(&reading->out, written);
    return true;
}

/* More than microseconds are of a real number, which is only near the time that was meant. */
static bool parse_epoch(text written, struct date *date)
{
    return date_parse_epoch(written, date) &&
           (date->nanoseconds % 1000 == 0 || date_parse_real(text_trim(written), date));
}

static bool out_timestamp(
    struct reading *reading, const struct model_member *member, text written,
    enum model_time fallback)
{
    struct date date;
    enum model_time time = member->time == MODEL_TIME_DEFAULT ? fallback : member->time;
    bool good =
        (time == MODEL_TIME_EPOCH && parse_epoch(written, &date)) || date_parse(written, &date);
    if (!good)
        return reading_fail(reading, "not a timestamp");
    out_date(&reading->out, date);
    return true;
}

bool out_scalar(
    struct reading *reading, const struct model_member *member, text written,
    enum model_time fallback)
{
    switch (member->shape->kind) {
    case MODEL_BOOLEAN:
        written = text_trim(written);
        if (text_equals_ignoring_case(written, TEXT("true")))
            buffer_add(&reading->out, TEXT("true"));
        else if (text_equals_ignoring_case(written, TEXT("false")))
            buffer_add(&reading->out, TEXT("false"));
        else
            return reading_fail(reading, "neither true nor false");
        return true;
    case MODEL_INTEGER:
    case MODEL_FLOAT:
        return out_number(reading, member->shape, written);
    case MODEL_TIMESTAMP:
        return out_timestamp(reading, member, written, fallback);
    default:
        json_write_string(&reading->out, written);
        return true;
    }
}

text header_value(const struct reading *reading, text name)
{
    const struct http_header *header =
        http_find_header(reading->response->headers, reading->response->header_count, name);
    return header ? header->value : (text){NULL, 0};
}
