#include "compile.h"

#include <stdarg.h>
#include <stdio.h>

static void write_place(const struct compiler *compiler, struct buffer *out)
{
    size_t steps = compiler->place_size;
    for (size_t i = 0; i < steps && i < COMPILE_MAX_PLACE; i++) {
        const struct place_step *step = &compiler->place[i];
        buffer_add_format(out, "%s%s", i ? "." : "", step->list);
        if (step->member.data)
            buffer_add_format(out, ".%.*s", TEXT_ARGS(step->member));
        else if (step->index != SIZE_MAX)
            buffer_add_format(out, "[%zu]", step->index);
    }
}

void *rules_compile_fail(struct compiler *compiler, const char *format, ...)
{
    if (!compiler->failed) {
        char problem[200], place[120];
        struct buffer out;
        va_list args;
        va_start(args, format);
        vsnprintf(problem, sizeof problem, format, args);
        va_end(args);
        buffer_init_fixed(&out, place, sizeof place);
        write_place(compiler, &out);
        error_set(
            compiler->error, INIA_BAD_CONFIG, "endpoint rules: %.*s%s%s",
            TEXT_ARGS(buffer_text(&out)), compiler->place_size ? ": " : "", problem);
    }
    compiler->failed = true;
    return NULL;
}

void *rules_compile_fail_memory(struct compiler *compiler)
{
    if (!compiler->failed)
        error_set(compiler->error, INIA_NO_MEMORY, "endpoint rules: out of memory");
    compiler->failed = true;
    return NULL;
}

static void enter(struct compiler *compiler, struct place_step step)
{
    if (compiler->place_size < COMPILE_MAX_PLACE)
        compiler->place[compiler->place_size] = step;
    compiler->place_size++;
}

void rules_compile_enter(struct compiler *compiler, const char *list)
{
    enter(compiler, (struct place_step){list, {NULL, 0}, SIZE_MAX});
}

void rules_compile_enter_member(struct compiler *compiler, const char *list, text member)
{
    enter(compiler, (struct place_step){list, member, SIZE_MAX});
}

void rules_compile_enter_item(struct compiler *compiler, const char *list, size_t index)
{
    enter(compiler, (struct place_step){list, {NULL, 0}, index});
}

void rules_compile_leave(struct compiler *compiler)
{
    compiler->place_size--;
}

void *rules_compile_alloc(struct compiler *compiler, size_t count, size_t size)
{
    void *memory = arena_alloc_zeroed(compiler->arena, count ? count * size : 1);
    return memory ? memory : rules_compile_fail_memory(compiler);
}

text rules_compile_text(struct compiler *compiler, text original)
{
    if (!original.data)
        original = TEXT("");
    const char *known = map_find(&compiler->texts, original);
    if (known)
        return text_from(known, original.size);
    text copy = arena_copy(compiler->arena, original);
    if (copy.data && map_put(&compiler->texts, copy, (void *)(uintptr_t)copy.data))
        return copy;
    rules_compile_fail_memory(compiler);
    return TEXT("");
}

const void *rules_compile_keep(struct compiler *compiler, const void *bytes, size_t size)
{
    text whole = text_from(size ? bytes : "", size);
    void *known = map_find(&compiler->kept, whole);
    if (known)
        return known;
    text copy = arena_copy(compiler->arena, whole);
    known = (void *)(uintptr_t)copy.data;
    if (!known || !map_put(&compiler->kept, copy, known))
        return rules_compile_fail_memory(compiler);
    return known;
}

bool rules_compile_check_members(
    struct compiler *compiler, const struct json_value *object, const char *const *names)
{
    if (!json_is(object, JSON_OBJECT))
        return rules_compile_fail(compiler, "an object is wanted") != NULL;
    for (uint32_t i = 0; i < object->count; i++) {
        const char *const *name = names;
        while (*name && !text_equals(text_of(*name), object->names[i]))
            name++;
        if (!*name) {
            rules_compile_fail(compiler, "an unknown member \"%.*s\"", TEXT_ARGS(object->names[i]));
            return false;
        }
    }
    return true;
}

void rules_scope_save(const struct compiler *compiler, struct scope_mark *mark)
{
    mark->name_count = compiler->name_count;
    for (size_t i = 0; i < compiler->name_count; i++)
        mark->optional[i] = compiler->names[i].type.optional;
}

void rules_scope_restore(struct compiler *compiler, const struct scope_mark *mark)
{
    compiler->name_count = mark->name_count;
    for (size_t i = 0; i < mark->name_count; i++)
        compiler->names[i].type.optional = mark->optional[i];
}

struct known_name *rules_scope_find(struct compiler *compiler, text name)
{
    for (size_t i = 0; i < compiler->name_count; i++) {
        if (text_equals(compiler->names[i].name, name))
            return &compiler->names[i];
    }
    return NULL;
}

int rules_scope_add_variable(struct compiler *compiler, text name, struct type type)
{
    int slot = (int)(compiler->name_count - compiler->rules->parameter_count);
    if (name.size == 0)
        rules_compile_fail(compiler, "assign without a name");
    else if (rules_scope_find(compiler, name))
        rules_compile_fail(compiler, "assigns \"%.*s\", which exists already", TEXT_ARGS(name));
    else if (slot >= ENDPOINT_MAX_VARIABLES)
        rules_compile_fail(compiler, "more than %d variables", ENDPOINT_MAX_VARIABLES);
    text kept = compiler->failed ? name : rules_compile_text(compiler, name);
    if (compiler->failed)
        return -1;
    compiler->names[compiler->name_count++] = (struct known_name){kept, type, false, slot};
    return slot;
}

const struct expression *rules_compile_made(
    struct compiler *compiler, const struct expression *like,
    const struct expression *const *arguments)
{
    struct expression made;
    memset(&made, 0, sizeof made);
    made.operation = like->operation;
    made.count = like->count;
    made.type = like->type;
    made.number = like->number;
    if (like->operation != OPERATION_CONSTANT) {
        made.arguments = rules_compile_keep(compiler, arguments, like->count * sizeof *arguments);
        return made.arguments ? rules_compile_keep(compiler, &made, sizeof made) : NULL;
    }
    made.constant.kind = like->constant.kind;
    if (like->constant.kind == ENDPOINT_STRING)
        made.constant.string = like->constant.string;
    else
        made.constant.boolean = like->constant.boolean;
    return rules_compile_keep(compiler, &made, sizeof made);
}

const struct expression *rules_compile_constant(struct compiler *compiler, text string)
{
    struct expression constant = {
        .operation = OPERATION_CONSTANT,
        .type = {ENDPOINT_STRING, false},
        .constant = {.kind = ENDPOINT_STRING, .string = rules_compile_text(compiler, string)}};
    return compiler->failed ? NULL : rules_compile_made(compiler, &constant, NULL);
}

const char *rules_compile_type_name(struct type type)
{
    static const char *const names[][2] = {
        [ENDPOINT_UNSET] = {"nothing", "nothing"},
        [ENDPOINT_STRING] = {"a string", "a string that may be unset"},
        [ENDPOINT_BOOLEAN] = {"a boolean", "a boolean that may be unset"},
        [ENDPOINT_STRING_LIST] = {"a list", "a list that may be unset"},
        [VALUE_NUMBER] = {"a number", "a number"},
        [VALUE_PARTITION] = {"a partition", "a partition that may be unset"},
        [VALUE_ARN] = {"an ARN", "an ARN that may be unset"},
        [VALUE_URL] = {"a URL", "a URL that may be unset"},
    };
    return names[type.kind][type.optional];
}
