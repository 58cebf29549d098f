/* Profile files of any bytes: parsed or refused, and every setting is where it says. */
#include "settings/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct profiles *profiles, enum section_kind kind)
{
    for (struct map_entry *e = map_next(&profiles->sections[kind], NULL); e;
         e = map_next(&profiles->sections[kind], e)) {
        const struct profile_section *section = e->value;
        check(text_equals(section->name, e->key));
        size_t count = 0;
        for (const struct profile_setting *s = section->first; s; s = s->next, count++) {
            check(s->line > 0 && s->name.size > 0);
            (void)profile_sub_setting(s->value, TEXT("a"));
        }
        check(count == section->count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct profiles profiles;
    inia_error error;
    budget_init(&memory, 1 << 26);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    profiles_init(&profiles, &arena);

    /* The first half is the config file, the second the credentials file. */
    text config = text_from(data, size / 2), rest = text_from(data + size / 2, size - size / 2);
    if (profiles_add(&profiles, PROFILE_CONFIG, "config", config, &error) == INIA_OK)
        (void)!profiles_add(&profiles, PROFILE_CREDENTIALS, "credentials", rest, &error);
    for (int kind = 0; kind < SECTION_KINDS; kind++)
        look_at(&profiles, (enum section_kind)kind);
    arena_release(&arena);
    slab_release(&blocks);
    check(memory.used == 0);
    return 0;
}
