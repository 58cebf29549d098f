#include "json_reading.h"

/* Text that is moved together where it stands, without white space between its pieces. */
struct outline {
    char *out;
    const char *from; /* not moved yet, as are those that follow */
};

static void move_up_to(struct outline *outline, const char *end)
{
    size_t size = (size_t)(end - outline->from);
    memmove(outline->out, outline->from, size);
    outline->out += size;
}

/* Before a piece that starts here there is nothing but the piece before. */
static void close_up(struct outline *outline, const char *piece)
{
    const char *end = piece;
    if (piece == outline->from || !json_is_space(piece[-1]))
        return;
    while (end > outline->from && json_is_space(end[-1]))
        end--;
    move_up_to(outline, end);
    outline->from = piece;
}

static bool is_left_out(const struct json_reading *reading, size_t at)
{
    text name = reading->without;
    const char *here = reading->bytes + reading->starts[at];
    return name.data && reading->starts[at] + name.size + 2 <= reading->size &&
           here[name.size + 1] == '"' && memcmp(here + 1, name.data, name.size) == 0 &&
           at + 2 < reading->start_count && reading->bytes[reading->starts[at + 1]] == ':' &&
           reading->bytes[reading->starts[at + 2]] == '"';
}

/* The name has been taken; what is left out goes with the comma behind it, or the one before. */
static void leave_out(struct json_reading *reading, struct outline *outline)
{
    move_up_to(outline, reading->bytes + json_reading_last_start(reading));
    reading->at += 2;
    if (json_reading_take(reading) == ',') {
        outline->from = reading->bytes + json_reading_last_start(reading) + 1;
        return;
    }
    reading->at--;
    outline->from = reading->bytes + reading->starts[reading->at];
    if (outline->out[-1] == ',')
        outline->out--;
}

bool json_outline_container(struct json_reading *reading, struct json_value *value)
{
    size_t depth = 1;
    char *start = reading->bytes + json_reading_last_start(reading);
    struct outline outline = {start, start};
    while (depth) {
        char byte = json_reading_take(reading);
        close_up(&outline, reading->bytes + json_reading_last_start(reading));
        if (byte == '\0')
            return json_reading_fail(reading, reading->size, "the text ends too early");
        if (byte == '"' && is_left_out(reading, reading->at - 1) &&
            reading->at + 2 < reading->start_count)
            leave_out(reading, &outline);
        depth = json_depth_after(depth, byte);
    }
    move_up_to(&outline, reading->bytes + json_reading_last_start(reading) + 1);
    *value =
        (struct json_value){.kind = JSON_STRING, .string = {start, (size_t)(outline.out - start)}};
    return true;
}

struct json_value *json_outline(
    struct json_parser *parser, char *bytes, size_t size, const text *outlined, text without,
    struct arena *arena, struct json_problem *problem)
{
    struct json_reading reading = {
        .parser = parser, .arena = arena, .bytes = bytes, .without = without, .outlined = outlined};
    return json_reading_run(&reading, text_from(bytes, size), problem);
}
