/* A date that was understood is written and understood as the same again. */
#include "formats/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct date date, back;
    char memory[64];
    struct buffer out;
    if (!date_parse_loosely(text_from(data, size), &date))
        return 0;
    check(date.nanoseconds < 1000000000);
    buffer_init_fixed(&out, memory, sizeof memory);
    date_write_epoch(&out, date);
    check(date_parse_epoch(buffer_text(&out), &back));
    check(back.seconds == date.seconds && back.nanoseconds == date.nanoseconds);
    buffer_clear(&out);
    date_write_iso8601(&out, date);
    check(date_parse_iso8601(buffer_text(&out), &back));
    return 0;
}
