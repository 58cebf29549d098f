/* jmespath_tree: what a JMESPath expression is compiled into. For jmespath_*.c alone. */
#ifndef FORMATS_JMESPATH_TREE_H
#define FORMATS_JMESPATH_TREE_H

#include "jmespath.h"

enum jmespath_node_kind {
    NODE_CURRENT,
    NODE_FIELD,        /* name */
    NODE_LITERAL,      /* literal */
    NODE_INDEX,        /* index */
    NODE_SLICE,        /* slice */
    NODE_CHAIN,        /* right, applied to what left gives */
    NODE_LIST_EACH,    /* right, applied to each item of the list that left gives */
    NODE_MEMBERS_EACH, /* the same with the members' values of an object */
    NODE_FILTER,       /* the same with the items for which condition is true */
    NODE_FLATTEN,      /* left's items, those that are lists replaced by their items */
    NODE_NOT,
    NODE_AND,
    NODE_OR,
    NODE_COMPARE,    /* comparison */
    NODE_LIST,       /* call.count items, the first of them left */
    NODE_OBJECT,     /* call.count members, the first of them left */
    NODE_MEMBER,     /* name, value left */
    NODE_CALL,       /* call, the first argument left */
    NODE_EXPRESSION, /* left, not evaluated: only an argument */
};

enum jmespath_comparison {
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_OR_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_OR_EQUAL
};

struct jmespath_slice {
    int64_t start, stop, step;
    bool has_start, has_stop;
};

struct jmespath_node {
    enum jmespath_node_kind kind;
    uint32_t offset; /* into the expression */
    uint32_t depth;  /* 1 without nodes below */
    struct jmespath_node *left, *right;
    struct jmespath_node *next; /* of a list, an object or a call's arguments */
    union {
        text name;
        const struct json_value *literal;
        int64_t index;
        const struct jmespath_slice *slice;
        const struct jmespath_node *condition;
        enum jmespath_comparison comparison;
        struct {
            const struct jmespath_function *function;
            uint32_t count;
        } call;
    };
};

struct jmespath {
    const struct jmespath_node *root;
    bool makes_values; /* so that a small result can stand for a large one, many times the same */
};

/* ---- Searching -------------------------------------------------------------------- */

enum { JMESPATH_STEP_SIZE = 64 }; /* so many bytes of a string count as another value */

struct jmespath_search {
    struct arena *arena;
    struct jmespath_problem *problem;
    uint32_t steps_left;
};

extern const struct json_value jmespath_null, jmespath_true, jmespath_false;

/* NULL when it failed, with the search's problem set; so do all that give a value below. */
const struct json_value *jmespath_evaluate(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current);
bool jmespath_is_true(const struct json_value *value);
const struct json_value *jmespath_bool(bool value);

const struct json_value *jmespath_fail(
    struct jmespath_search *search, const struct jmespath_node *node, enum jmespath_error error,
    const char *what);
const struct json_value *jmespath_no_memory(
    struct jmespath_search *search, const struct jmespath_node *node);
/* False with the problem set when there are not so many steps left. */
bool jmespath_charge(
    struct jmespath_search *search, const struct jmespath_node *node, size_t steps);
/* Charges for all within the value: what writing it takes. */
bool jmespath_charge_whole(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *value);

/* A list with room for count items, of which it has none yet. */
struct json_value *jmespath_new_list(
    struct jmespath_search *search, const struct jmespath_node *node, size_t count);
struct json_value *jmespath_new_object(
    struct jmespath_search *search, const struct jmespath_node *node, size_t count);
const struct json_value *jmespath_new_string(
    struct jmespath_search *search, const struct jmespath_node *node, text string);
const struct json_value *jmespath_new_number(
    struct jmespath_search *search, const struct jmespath_node *node, double number);

/* *equal only when true is returned. */
bool jmespath_equal(
    struct jmespath_search *search, const struct jmespath_node *node, const struct json_value *a,
    const struct json_value *b, bool *equal);
bool jmespath_number(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *value, double *number);

/* ---- Functions --------------------------------------------------------------------- */

/* What an argument may be: any of these. */
enum {
    TAKES_NULL = 1 << 0,
    TAKES_BOOL = 1 << 1,
    TAKES_NUMBER = 1 << 2,
    TAKES_STRING = 1 << 3,
    TAKES_LIST = 1 << 4,
    TAKES_OBJECT = 1 << 5,
    TAKES_ANY = (1 << 6) - 1,
    TAKES_NUMBERS = 1 << 6, /* a list of nothing else, maybe empty */
    TAKES_STRINGS = 1 << 7,
    TAKES_EXPRESSION = 1 << 8,
};

struct jmespath_argument {
    const struct json_value *value;         /* or NULL, if it is ... */
    const struct jmespath_node *expression; /* ... one to be applied */
};

struct jmespath_function {
    text name;
    uint8_t count;     /* of arguments, 1 or 2 */
    bool takes_more;   /* like the last one */
    uint16_t takes[2]; /* TAKES_... */
    const struct json_value *(*call)(
        struct jmespath_search *search, const struct jmespath_node *node,
        const struct jmespath_argument *arguments);
};

const struct jmespath_function *jmespath_function_find(text name); /* NULL: not known */
const struct json_value *jmespath_call(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct json_value *current);

/* Of jmespath_order.c: the functions that put values in an order. */
const struct json_value *jmespath_call_max(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments);
const struct json_value *jmespath_call_min(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments);
const struct json_value *jmespath_call_sort(
    struct jmespath_search *search, const struct jmespath_node *node,
    const struct jmespath_argument *arguments);

#endif
