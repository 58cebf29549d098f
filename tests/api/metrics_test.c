/* inia_write_metrics(): Prometheus' exposition format, and never more than there is room for. */
#include <inia/inia.h>

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char page[65536];

static size_t write_page(size_t capacity)
{
    inia_error error = {INIA_OK, ""};
    inia_engine *engine = inia_engine_new(NULL, &error);
    if (!engine)
        FAIL("%s", error.detail);
    memset(page, '#', sizeof page);
    size_t size = inia_write_metrics(engine, page, capacity);
    inia_engine_free(engine);
    return size;
}

/* "inia_x_total{a=\"b\"} 1" -> "inia_x_total"; fails the test if it is no sample. */
static void name_of(const char *line, char name[128])
{
    size_t size = strcspn(line, "{ ");
    CHECK(size > 5 && size < 128 && strncmp(line, "inia_", 5) == 0);
    memcpy(name, line, size);
    name[size] = '\0';
    CHECK_EQ(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), size);
    const char *rest = line + size;
    if (*rest == '{') {
        const char *quote = strstr(rest, "=\"");
        CHECK(quote != NULL);
        rest = strstr(rest, "\"} ");
        CHECK(rest && rest > quote);
        rest += 2;
    }
    CHECK(*rest == ' ');
    char *end;
    strtoull(rest + 1, &end, 10);
    CHECK(end > rest + 1 && *end == '\0');
}

TEST(each_sample_has_help_and_a_type_that_fits_its_name)
{
    size_t size = write_page(sizeof page), samples = 0;
    CHECK(size < sizeof page);
    CHECK_EQ(strlen(page), size);
    CHECK(page[size - 1] == '\n');
    char helped[128] = "", typed[128] = "", type[16] = "", name[128];
    for (char *line = strtok(page, "\n"); line; line = strtok(NULL, "\n")) {
        if (sscanf(line, "# HELP %127s", helped) == 1)
            continue;
        if (sscanf(line, "# TYPE %127s %15s", typed, type) == 2) {
            CHECK_TEXT(typed, helped);
            continue;
        }
        name_of(line, name);
        CHECK_TEXT(name, typed);
        bool is_total = strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0;
        CHECK_TEXT(type, is_total ? "counter" : "gauge");
        samples++;
    }
    CHECK(samples > 40);
}

TEST(what_has_no_room_is_cut_off_and_the_whole_size_is_told)
{
    size_t size = write_page(sizeof page);
    CHECK_EQ(write_page(0), size);
    CHECK(page[0] == '#' && page[1] == '#');
    CHECK_EQ(write_page(100), size);
    CHECK_EQ(strlen(page), 99);
    CHECK(page[100] == '#');
}
