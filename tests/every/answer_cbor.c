#include "answer.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>

enum {
    KIND_UNSIGNED = 0,
    KIND_NEGATIVE = 1,
    KIND_BYTES = 2,
    KIND_TEXT = 3,
    KIND_LIST = 4,
    KIND_MAP = 5,
    KIND_TAG = 6,
    SIMPLE_FALSE = 0xF4,
    SIMPLE_TRUE = 0xF5,
    SIMPLE_NULL = 0xF6,
    FLOAT_32 = 0xFA,
    FLOAT_64 = 0xFB,
    INDEFINITE = 31,
    BREAK = 0xFF,
};

static void write_value(
    struct answer *answer, const struct model_member *member, const struct json_value *value);

static void write_bits(struct buffer *out, uint64_t bits, size_t size)
{
    while (size-- > 0)
        buffer_add_char(out, (char)(bits >> 8 * size & 0xFF));
}

/* Not always in the shortest way: servers need not. */
static void write_head(struct buffer *out, unsigned kind, uint64_t value)
{
    bool roomy = out->size % 3 == 0;
    if (value < 24 && !roomy) {
        buffer_add_char(out, (char)(kind << 5 | value));
    } else if (value < 1u << 16) {
        buffer_add_char(out, (char)(kind << 5 | 25));
        write_bits(out, value, 2);
    } else {
        buffer_add_char(out, (char)(kind << 5 | 27));
        write_bits(out, value, 8);
    }
}

static void write_text(struct buffer *out, text string)
{
    write_head(out, KIND_TEXT, string.size);
    buffer_add(out, string);
}

static double number_of(text digits)
{
    char room[64] = "";
    CHECK(digits.size < sizeof room);
    memcpy(room, digits.data, digits.size);
    return strtod(room, NULL);
}

static void write_float(struct buffer *out, double number)
{
    bool narrow = out->size % 2 == 0 && (double)(float)number == number;
    float single = (float)number;
    uint32_t bits32;
    uint64_t bits64;
    memcpy(&bits32, &single, sizeof bits32);
    memcpy(&bits64, &number, sizeof bits64);
    buffer_add_char(out, (char)(narrow ? FLOAT_32 : FLOAT_64));
    write_bits(out, narrow ? bits32 : bits64, narrow ? 4 : 8);
}

static void write_integer(struct buffer *out, text digits)
{
    int64_t number;
    CHECK(text_to_i64(digits, &number));
    if (number < 0)
        write_head(out, KIND_NEGATIVE, (uint64_t)(-1 - number));
    else
        write_head(out, KIND_UNSIGNED, (uint64_t)number);
}

static void write_time(struct buffer *out, text written)
{
    const struct instant *instant = instant_of(written);
    CHECK(instant != NULL);
    write_head(out, KIND_TAG, 1);
    if (instant->http && out->size % 2)
        write_integer(out, text_of(instant->epoch));
    else
        write_float(out, number_of(text_of(instant->epoch)));
}

static void write_container(
    struct answer *answer, const struct model_member *of_items, const struct json_value *container)
{
    struct buffer *out = &answer->body;
    unsigned kind = container->kind == JSON_OBJECT ? KIND_MAP : KIND_LIST;
    bool open_ended = out->size % 2;
    if (open_ended)
        buffer_add_char(out, (char)(kind << 5 | INDEFINITE));
    else
        write_head(out, kind, container->count);
    for (size_t i = 0; i < container->count; i++) {
        if (kind == KIND_MAP)
            write_text(out, container->names[i]);
        write_value(answer, of_items, &container->items[i]);
    }
    if (open_ended)
        buffer_add_char(out, (char)BREAK);
}

static void write_value(
    struct answer *answer, const struct model_member *member, const struct json_value *value)
{
    struct buffer *out = &answer->body;
    const struct model_shape *shape = member->shape;
    if (value->kind == JSON_NULL) {
        buffer_add_char(out, (char)SIMPLE_NULL);
        return;
    }
    switch (shape->kind) {
    case MODEL_STRUCTURE:
        answer_cbor_members(answer, shape, value, (text){NULL, 0}, (text){NULL, 0});
        break;
    case MODEL_LIST:
    case MODEL_MAP:
        write_container(answer, shape->kind == MODEL_LIST ? shape->item : shape->value, value);
        break;
    case MODEL_BOOLEAN:
        buffer_add_char(out, (char)(value->kind == JSON_TRUE ? SIMPLE_TRUE : SIMPLE_FALSE));
        break;
    case MODEL_INTEGER:
        write_integer(out, value->string);
        break;
    case MODEL_FLOAT:
        write_float(out, number_of(value->string));
        break;
    case MODEL_BLOB:
        write_head(out, KIND_BYTES, tree_bytes(answer->arena, value->string).size);
        buffer_add(out, tree_bytes(answer->arena, value->string));
        break;
    case MODEL_TIMESTAMP:
        write_time(out, value->string);
        break;
    default:
        write_text(out, value->string);
        break;
    }
}

void answer_cbor_members(
    struct answer *answer, const struct model_shape *shape, const struct json_value *object,
    text type, text message)
{
    struct buffer *out = &answer->body;
    buffer_add_char(out, (char)(KIND_MAP << 5 | INDEFINITE));
    if (type.data) {
        write_text(out, TEXT("__type"));
        write_text(out, type);
    }
    if (message.data) {
        write_text(out, TEXT("message"));
        write_text(out, message);
    }
    for (size_t i = 0; shape && i < shape->member_count; i++) {
        const struct json_value *value = json_member(object, shape->members[i].name);
        if (!value)
            continue;
        write_text(out, answer_name(&shape->members[i]));
        write_value(answer, &shape->members[i], value);
    }
    buffer_add_char(out, (char)BREAK);
}
