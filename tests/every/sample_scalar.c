#include "sample_scalar.h"

#include "http/http.h"
#include "pattern.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

enum { STRING_MOST = 2000, BLOB_MOST = 4000 };

/* ---- What endpoint rules and hosts accept ---------------------------------------------- */

struct special {
    const char *name, *value; /* of members that the endpoint rules read */
};

static const struct special specials[] = {
    {"Bucket", "example-bucket"},
    {"AccountId", "123456789012"},
    {"ResourceArn", "arn:aws:dynamodb:us-east-1:123456789012:table/one"},
    {"StreamARN", "arn:aws:kinesis:us-east-1:123456789012:stream/one"},
    {"ConsumerARN", "arn:aws:kinesis:us-east-1:123456789012:stream/one/consumer/two:1"},
    {"ResourceARN", "arn:aws:kinesis:us-east-1:123456789012:stream/one"},
    {"StreamId", "streamid0123456789012345"},
    {"KvsARN", "arn:aws:cloudfront::123456789012:key-value-store/"
               "12345678-1234-1234-1234-123456789012"},
    {"EndpointId", "abc123.456def"},
    {"AccessPointName", "access-point-name"},
    {"OutpostId", "op-01234567890123456"},
    {"CopySource", "other-bucket/a%20key"},
};

static const char *special_of(const struct model_member *member)
{
    if (member->host_label)
        return text_equals(member->name, TEXT("AccountId")) ? "123456789012" : "a-label0";
    for (size_t i = 0; i < COUNT_OF(specials); i++)
        if (text_equals(member->context_param, text_of(specials[i].name)))
            return specials[i].value;
    return NULL;
}

/* ---- Strings ----------------------------------------------------------------------------- */

static size_t characters_of(text string)
{
    size_t count = 0;
    for (size_t i = 0; i < string.size; i++)
        count += ((unsigned char)string.data[i] & 0xC0) != 0x80;
    return count;
}

static text cut(text string, size_t characters)
{
    size_t at = 0;
    for (; at < string.size; at++) {
        bool starts = ((unsigned char)string.data[at] & 0xC0) != 0x80;
        if (starts && characters-- == 0)
            break;
    }
    return (text){string.data, at};
}

static bool is_in_head(const struct sampler *sampler)
{
    return sampler->location == MODEL_IN_HEADER || sampler->location == MODEL_IN_HEADERS;
}

/* With bytes that each place in a message must escape in its own way. */
static text plain_string(struct sampler *sampler)
{
    static const char *const bodies[] = {
        "a \"b\" <c> & 'd' \\ %41+/=\n\t.", "caf\xC3\xA9 \xE6\xBC\xA2\xE5\xAD\x97 \xF0\x9F\x98\x80",
        "plain", "a,b;c=d", "  spaces at both ends  "};
    static const char *const heads[] = {"plain", "a \"b\", c; d=e/f+%41", "x=y"};
    static const char *const paths[] = {"a b/c?d#e&f=g+%41", "caf\xC3\xA9", "plain"};
    uint32_t number = sampler->number++;
    char *out = arena_alloc(sampler->arena, 96);
    CHECK(out != NULL);
    const char *way = is_in_head(sampler)                  ? heads[number % COUNT_OF(heads)]
                      : sampler->location == MODEL_IN_PATH ? paths[number % COUNT_OF(paths)]
                                                           : bodies[number % COUNT_OF(bodies)];
    int size = snprintf(out, 96, "%s%u", way, number);
    return (text){out, (size_t)size};
}

static text fit(struct sampler *sampler, const struct model_shape *shape, text string)
{
    size_t characters = characters_of(string);
    size_t least = shape->has_min && shape->min > 0 ? (size_t)shape->min : 0;
    if (shape->has_max && (double)characters > shape->max)
        return cut(string, (size_t)shape->max);
    if (characters >= least)
        return string;
    char *longer = arena_alloc(sampler->arena, string.size + least);
    CHECK(longer && least < 1u << 20);
    memcpy(longer, string.data, string.size);
    memset(longer + string.size, 'x', least - characters);
    return (text){longer, string.size + least - characters};
}

static text enum_value(struct sampler *sampler, const struct model_shape *shape)
{
    return shape->enum_values[sampler->number++ % shape->enum_count];
}

/* Of a shape's pattern, or with an absent text if that cannot be had. */
static text patterned(struct sampler *sampler, const struct model_shape *shape, uint32_t number)
{
    struct pattern_limits limits = {
        .least = shape->has_min && shape->min > 0 ? (size_t)shape->min : 0,
        .most = shape->has_max && shape->max < STRING_MOST ? (size_t)shape->max : STRING_MOST,
    };
    text made = pattern_sample(shape->pattern, limits, number, sampler->arena);
    sampler->patterns++;
    sampler->unmatched += !made.data;
    return made;
}

static bool fits_place(const struct sampler *sampler, text string)
{
    bool edged = text_trim(string).size != string.size;
    if (sampler->location == MODEL_IN_PATH)
        return string.size > 0 && !text_equals(string, TEXT(".")) &&
               !text_equals(string, TEXT(".."));
    return !is_in_head(sampler) || (!edged && string.size && http_is_field_value(string));
}

static text sample_string(struct sampler *sampler, const struct model_member *member)
{
    const struct model_shape *shape = member->shape;
    const char *special = special_of(member);
    if (special)
        return text_of(special);
    if (shape->enum_count)
        return enum_value(sampler, shape);
    for (uint32_t i = 0; shape->pattern.data && i < 4; i++) {
        text made = patterned(sampler, shape, sampler->number++);
        if (made.data && fits_place(sampler, made))
            return made;
    }
    text made = fit(sampler, shape, plain_string(sampler));
    return fits_place(sampler, made) ? made : TEXT("x");
}

text sample_key(struct sampler *sampler, const struct model_member *map, uint32_t number)
{
    const struct model_shape *shape = map->shape->key->shape;
    char *key = arena_alloc(sampler->arena, 32);
    CHECK(key != NULL);
    if (shape->enum_count)
        return shape->enum_values[number % shape->enum_count];
    if (shape->pattern.data && sampler->location == MODEL_IN_BODY) {
        text made = patterned(sampler, shape, number);
        if (made.data)
            return made;
    }
    bool in_head = sampler->location == MODEL_IN_HEADERS;
    int size = snprintf(key, 32, in_head ? "%u-key" : "%u key & \xC3\xA9", number + 1);
    return fit(sampler, shape, (text){key, (size_t)size});
}

/* ---- Other scalars -------------------------------------------------------------------------- */

static bool is_in_range(const struct model_shape *shape, double number)
{
    return (!shape->has_min || number >= shape->min) && (!shape->has_max || number <= shape->max);
}

static text sample_integer(struct sampler *sampler, const struct model_shape *shape)
{
    static const char *const longs[] = {
        "9007199254740993", "-9223372036854775808", "9223372036854775807", "0", "17"};
    static const char *const integers[] = {"1", "2147483647", "-2147483648", "0", "42"};
    bool is_long = text_equals(shape->type, TEXT("long"));
    uint32_t number = sampler->number++;
    for (uint32_t i = 0; i < COUNT_OF(longs); i++) {
        const char *digits = (is_long ? longs : integers)[(number + i) % COUNT_OF(longs)];
        if (is_in_range(shape, strtod(digits, NULL)) && (!shape->has_min || *digits != '-'))
            return text_of(digits);
    }
    char *out = arena_alloc(sampler->arena, 32);
    CHECK(out != NULL);
    return (text){out, (size_t)snprintf(out, 32, "%.0f", shape->has_min ? shape->min : shape->max)};
}

/* All of them are exact in 32 bits. */
static struct json_value *sample_float(struct sampler *sampler, const struct model_shape *shape)
{
    static const char *const floats[] = {"0.5", "-1.25", "3", "0.0009765625", "16777216", "1.5"};
    static const char *const specials_of_float[] = {"NaN", "Infinity", "-Infinity"};
    uint32_t number = sampler->number++;
    bool bounded = shape->has_min || shape->has_max;
    if (!bounded && number % 5 == 0)
        return tree_string(sampler->arena, text_of(specials_of_float[number / 5 % 3]));
    for (uint32_t i = 0; i < COUNT_OF(floats); i++) {
        const char *digits = floats[(number + i) % COUNT_OF(floats)];
        if (is_in_range(shape, strtod(digits, NULL)))
            return tree_number(sampler->arena, text_of(digits));
    }
    char *out = arena_alloc(sampler->arena, 32);
    CHECK(out != NULL);
    int size = snprintf(out, 32, "%.17g", shape->has_min ? shape->min : shape->max);
    return tree_number(sampler->arena, (text){out, (size_t)size});
}

static text sample_blob(struct sampler *sampler, const struct model_shape *shape)
{
    static const char bytes[] = "\x00\xFF\xFE\x80 bytes \xC3\x28\r\n";
    size_t size = 5 + sampler->number++ % (sizeof bytes - 5);
    if (shape->has_min && (double)size < shape->min && shape->min < BLOB_MOST)
        size = (size_t)shape->min;
    if (shape->has_max && (double)size > shape->max)
        size = (size_t)shape->max;
    char *out = arena_alloc(sampler->arena, size + 1);
    CHECK(out != NULL);
    for (size_t i = 0; i < size; i++)
        out[i] = bytes[i % (sizeof bytes - 1)];
    return tree_base64(sampler->arena, (text){out, size});
}

static struct json_value *sample_time(struct sampler *sampler, const struct model_member *member)
{
    bool in_head = is_in_head(sampler);
    bool whole = member->time == MODEL_TIME_HTTP || (in_head && member->time == MODEL_TIME_DEFAULT);
    uint32_t number = sampler->number++;
    const struct instant *instant = instant_number(number, whole);
    if (sampler->output)
        return tree_string(sampler->arena, text_of(instant->output));
    if (number % 3 == 0)
        return tree_number(sampler->arena, text_of(instant->epoch));
    return tree_string(
        sampler->arena, text_of(number % 3 == 1 ? instant->iso8601 : instant->other));
}

struct json_value *sample_scalar(struct sampler *sampler, const struct model_member *member)
{
    const struct model_shape *shape = member->shape;
    if (sampler->output && member->location == MODEL_IN_STATUS)
        return tree_number(sampler->arena, TEXT("202"));
    switch (shape->kind) {
    case MODEL_INTEGER:
        return tree_number(sampler->arena, sample_integer(sampler, shape));
    case MODEL_FLOAT:
        return sample_float(sampler, shape);
    case MODEL_BOOLEAN:
        return tree_boolean(sampler->arena, sampler->number++ % 2);
    case MODEL_BLOB:
        return tree_string(sampler->arena, sample_blob(sampler, shape));
    case MODEL_TIMESTAMP:
        return sample_time(sampler, member);
    default:
        return tree_string(sampler->arena, sample_string(sampler, member));
    }
}
