#include "text.h"

#include <stdint.h>

static unsigned char lower(char byte)
{
    unsigned char c = (unsigned char)byte;
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

static bool equal_ignoring_case(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

bool text_equals_ignoring_case(text a, text b)
{
    return a.size == b.size && equal_ignoring_case(a.data, b.data, a.size);
}

bool text_starts_with(text whole, text start)
{
    return whole.size >= start.size && text_equals((text){whole.data, start.size}, start);
}

bool text_starts_with_ignoring_case(text whole, text start)
{
    return whole.size >= start.size && equal_ignoring_case(whole.data, start.data, start.size);
}

bool text_ends_with(text whole, text end)
{
    return whole.size >= end.size && text_equals(text_after(whole, whole.size - end.size), end);
}

int text_compare(text a, text b)
{
    size_t shared = a.size < b.size ? a.size : b.size;
    int order = shared ? memcmp(a.data, b.data, shared) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

size_t text_find(text whole, char byte)
{
    const char *at = whole.size ? memchr(whole.data, byte, whole.size) : NULL;
    return at ? (size_t)(at - whole.data) : whole.size;
}

size_t text_find_last(text whole, char byte)
{
    const char *at = whole.size ? memrchr(whole.data, byte, whole.size) : NULL;
    return at ? (size_t)(at - whole.data) : whole.size;
}

size_t text_find_text(text whole, text part)
{
    if (part.size == 0)
        return 0;
    const char *at = whole.size ? memmem(whole.data, whole.size, part.data, part.size) : NULL;
    return at ? (size_t)(at - whole.data) : SIZE_MAX;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

text text_trim(text whole)
{
    while (whole.size && is_space(whole.data[0]))
        whole = text_after(whole, 1);
    while (whole.size && is_space(whole.data[whole.size - 1]))
        whole.size--;
    return whole;
}

text text_split(text whole, char separator, text *rest)
{
    size_t at = text_find(whole, separator);
    *rest = at < whole.size ? text_after(whole, at + 1) : (text){NULL, 0};
    return (text){whole.data, at};
}

bool text_to_u64(text digits, uint64_t *value)
{
    uint64_t sum = 0;
    if (digits.size == 0)
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        unsigned digit = (unsigned)(unsigned char)digits.data[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, digit, &sum))
            return false;
    }
    *value = sum;
    return true;
}

bool text_to_i64(text digits, int64_t *value)
{
    bool negative = digits.size > 0 && digits.data[0] == '-';
    uint64_t magnitude;
    if (!text_to_u64(negative ? text_after(digits, 1) : digits, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

uint64_t text_hash(text whole)
{
    uint64_t hash = 0x9e3779b97f4a7c15u ^ whole.size;
    const char *at = whole.data;
    size_t left = whole.size;
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    uint64_t tail = 0;
    if (left)
        memcpy(&tail, at, left);
    hash = (hash ^ tail) * 0xc4ceb9fe1a85ec53u;
    return hash ^ (hash >> 29);
}

size_t text_distance(text a, text b)
{
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1];
    if (a.size > LONGEST)
        a.size = LONGEST;
    if (b.size > LONGEST)
        b.size = LONGEST;
    for (size_t j = 0; j <= b.size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t change = diagonal + (lower(a.data[i - 1]) != lower(b.data[j - 1]));
            diagonal = row[j];
            size_t gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = change < gap ? change : gap;
        }
    }
    return row[b.size];
}
