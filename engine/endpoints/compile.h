/* compile: a rule set being checked and compiled; what compile*.c and rules.c share. */
#ifndef ENDPOINTS_COMPILE_H
#define ENDPOINTS_COMPILE_H

#include "rules.h"

enum {
    COMPILE_MAX_NAMES = ENDPOINT_MAX_PARAMETERS + ENDPOINT_MAX_VARIABLES,
    COMPILE_MAX_ARGUMENTS = 32, /* of a function; pieces of a template; items of a list */
    COMPILE_MAX_LITERAL = 2000, /* bytes */
    COMPILE_MAX_PLACE = 24,     /* steps; deeper ones are not told of */
};

/* "parameters.Bucket", "rules[2]", "[0]" or "endpoint". */
struct place_step {
    const char *list;
    text member;
    size_t index; /* SIZE_MAX: none */
};

/* A name that expressions may refer to at this place of the rules. */
struct known_name {
    text name;
    struct type type;
    bool is_parameter;
    int slot;
};

struct compiler {
    struct arena *arena;  /* of what is made */
    struct arena scratch; /* until all is made */
    struct map texts;     /* to each text its only copy */
    struct map kept;      /* to each struct or array, as bytes, its only copy */
    struct endpoint_rules *rules;
    struct known_name names[COMPILE_MAX_NAMES];
    size_t name_count;
    int depth;
    struct place_step place[COMPILE_MAX_PLACE]; /* "rules[2].conditions[0]" */
    size_t place_size;
    inia_error *error;
    bool failed;
};

/* The first problem counts. Returns NULL. */
void *rules_compile_fail(struct compiler *compiler, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void *rules_compile_fail_memory(struct compiler *compiler);

/* Goes a step down in the document, for messages: to a member of that name, to one of its members,
 * to one of its items. Leave once for each, unless the compiler has failed. */
void rules_compile_enter(struct compiler *compiler, const char *list);
void rules_compile_enter_member(struct compiler *compiler, const char *list, text member);
void rules_compile_enter_item(struct compiler *compiler, const char *list, size_t index);
void rules_compile_leave(struct compiler *compiler);

/* Zeroed; fails the compiler if there is none. */
void *rules_compile_alloc(struct compiler *compiler, size_t count, size_t size);
text rules_compile_text(struct compiler *compiler, text original);

/* The only copy of these bytes, whatever they are: rule sets say the same things very often. They
 * hold nothing uninitialised, and pointers only to what is itself kept once. */
const void *rules_compile_keep(struct compiler *compiler, const void *bytes, size_t size);

/* Fails unless object has no other members than these (names ends with NULL). */
bool rules_compile_check_members(
    struct compiler *compiler, const struct json_value *object, const char *const *names);

/* What is known at a place, to come back to when leaving it. */
struct scope_mark {
    size_t name_count;
    bool optional[COMPILE_MAX_NAMES];
};

void rules_scope_save(const struct compiler *compiler, struct scope_mark *mark);
void rules_scope_restore(struct compiler *compiler, const struct scope_mark *mark);
struct known_name *rules_scope_find(struct compiler *compiler, text name); /* NULL: unknown */
/* A variable from here on; its slot, or -1 with the compiler failed. */
int rules_scope_add_variable(struct compiler *compiler, text name, struct type type);

/* All of these: NULL with the compiler failed. */
const struct expression *rules_compile_expression(
    struct compiler *compiler, const struct json_value *source);
const struct expression *rules_compile_string(
    struct compiler *compiler, const struct json_value *source); /* a string that is there */
const struct expression *rules_compile_template(struct compiler *compiler, text written);
const struct expression *rules_compile_function(
    struct compiler *compiler, const struct json_value *source);
const struct expression *rules_compile_attribute(
    struct compiler *compiler, const struct expression *base, text path);
const struct expression *rules_compile_reference(struct compiler *compiler, text name);
const struct endpoint_plan *rules_compile_endpoint(
    struct compiler *compiler, const struct json_value *source);

/* The one expression that is like this. Arguments are copied. */
const struct expression *rules_compile_made(
    struct compiler *compiler, const struct expression *like,
    const struct expression *const *arguments);
const struct expression *rules_compile_constant(struct compiler *compiler, text string);

const char *rules_compile_type_name(struct type type);

#endif
