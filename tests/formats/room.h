/* room: where a text is parsed: an arena for what it becomes, and the parsers. */
#ifndef TESTS_FORMATS_ROOM_H
#define TESTS_FORMATS_ROOM_H

#include "formats/formats.h"
#include "test.h"

struct room {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_parser *json;
    struct xml_parser *xml;
};

static inline void open_room(struct room *room)
{
    budget_init(&room->budget, 128 << 20);
    slab_init(&room->blocks, &room->budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&room->arena, &room->blocks);
    room->json = json_parser_new();
    room->xml = xml_parser_new();
    CHECK(room->json && room->xml);
}

static inline void close_room(struct room *room)
{
    json_parser_free(room->json);
    xml_parser_free(room->xml);
    arena_release(&room->arena);
    slab_release(&room->blocks);
    CHECK_EQ(room->budget.used, 0);
}

#endif
