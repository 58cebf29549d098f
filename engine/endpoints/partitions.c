#include "endpoints.h"

#include "partitions.h"

/* The outputs of a partition, or those of a region that differ from its partition's. */
static void read_outputs(
    struct endpoint_partition *partition, const struct json_value *outputs, struct arena *arena)
{
    struct {
        text name;
        text *place;
    } texts[] = {
        {TEXT("name"), &partition->name},
        {TEXT("dnsSuffix"), &partition->dns_suffix},
        {TEXT("dualStackDnsSuffix"), &partition->dual_stack_dns_suffix},
        {TEXT("implicitGlobalRegion"), &partition->implicit_global_region},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct json_value *value = json_member(outputs, texts[i].name);
        if (json_is(value, JSON_STRING))
            *texts[i].place = arena_copy(arena, json_text(value));
    }
    const struct json_value *fips = json_member(outputs, TEXT("supportsFIPS"));
    const struct json_value *dual_stack = json_member(outputs, TEXT("supportsDualStack"));
    partition->supports_fips = fips ? json_is_true(fips) : partition->supports_fips;
    partition->supports_dual_stack =
        dual_stack ? json_is_true(dual_stack) : partition->supports_dual_stack;
}

static bool has_outputs(const struct json_value *region)
{
    return json_member(region, TEXT("dnsSuffix")) ||
           json_member(region, TEXT("dualStackDnsSuffix")) || json_member(region, TEXT("name")) ||
           json_member(region, TEXT("implicitGlobalRegion")) ||
           json_member(region, TEXT("supportsFIPS")) ||
           json_member(region, TEXT("supportsDualStack"));
}

static bool read_regions(
    struct endpoint_partitions *partitions, struct partition_entry *entry,
    const struct json_value *regions, struct arena *arena)
{
    for (uint32_t i = 0; regions && i < regions->count; i++) {
        struct endpoint_partition *answer = &entry->outputs;
        if (has_outputs(&regions->items[i])) {
            answer = arena_alloc(arena, sizeof *answer);
            if (!answer)
                return false;
            *answer = entry->outputs;
            read_outputs(answer, &regions->items[i], arena);
        }
        text name = arena_copy(arena, regions->names[i]);
        if (!name.data || !map_put(&partitions->regions, name, answer))
            return false;
    }
    return true;
}

/* NULL, or what is wrong. */
static const char *read_partition(
    struct endpoint_partitions *partitions, struct partition_entry *entry,
    const struct json_value *source, struct arena *arena)
{
    const struct json_value *id = json_member(source, TEXT("id"));
    const struct json_value *expression = json_member(source, TEXT("regionRegex"));
    const struct json_value *outputs = json_member(source, TEXT("outputs"));
    const struct json_value *regions = json_member(source, TEXT("regions"));
    if (!json_is(id, JSON_STRING) || !json_is(expression, JSON_STRING) ||
        !json_is(outputs, JSON_OBJECT))
        return "id, regionRegex or outputs missing";
    if (!json_is(json_member(outputs, TEXT("dnsSuffix")), JSON_STRING))
        return "outputs without a dnsSuffix";
    if (regions && !json_is(regions, JSON_OBJECT))
        return "regions is no object";
    const char *problem = pattern_compile(&entry->regions, json_text(expression), arena);
    if (problem)
        return problem;
    text none = TEXT("");
    entry->outputs = (struct endpoint_partition){
        arena_copy(arena, json_text(id)), none, none, none, false, false};
    read_outputs(&entry->outputs, outputs, arena);
    if (!entry->outputs.name.data || !read_regions(partitions, entry, regions, arena))
        return "out of memory";
    if (text_equals(json_text(id), TEXT("aws")))
        partitions->fallback = &entry->outputs;
    return NULL;
}

struct endpoint_partitions *endpoint_partitions_new(
    const struct json_value *document, struct arena *arena, inia_error *error)
{
    const struct json_value *list = json_member(document, TEXT("partitions"));
    if (!json_is(list, JSON_LIST)) {
        error_set(error, INIA_BAD_CONFIG, "partitions: no list of partitions");
        return NULL;
    }
    struct endpoint_partitions *partitions = arena_alloc_zeroed(arena, sizeof *partitions);
    struct partition_entry *entries =
        arena_alloc_zeroed(arena, (list->count + 1) * sizeof *entries);
    if (!partitions || !entries) {
        error_set(error, INIA_NO_MEMORY, "partitions: out of memory");
        return NULL;
    }
    partitions->entries = entries;
    partitions->count = list->count;
    map_init(&partitions->regions, arena);
    for (uint32_t i = 0; i < list->count; i++) {
        const char *problem = read_partition(partitions, &entries[i], &list->items[i], arena);
        if (problem) {
            error_set(error, INIA_BAD_CONFIG, "partitions[%u]: %s", i, problem);
            return NULL;
        }
    }
    if (!partitions->fallback) {
        error_set(error, INIA_BAD_CONFIG, "partitions: no partition \"aws\"");
        return NULL;
    }
    return partitions;
}

const struct endpoint_partition *endpoint_partitions_find(
    const struct endpoint_partitions *partitions, text region)
{
    const struct endpoint_partition *listed =
        region.data ? map_find(&partitions->regions, region) : NULL;
    if (listed)
        return listed;
    for (size_t i = 0; i < partitions->count; i++) {
        if (pattern_matches(&partitions->entries[i].regions, region))
            return &partitions->entries[i].outputs;
    }
    return partitions->fallback;
}
