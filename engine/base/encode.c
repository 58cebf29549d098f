#include "encode.h"

#include <stdint.h>

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

typedef unsigned char sixteen __attribute__((vector_size(16)));

static sixteen hex_of(sixteen nibbles)
{
    sixteen letters = (sixteen)(nibbles > 9);
    return nibbles + '0' + (letters & ('a' - '0' - 10));
}

void hex_encode(char *out, const void *bytes, size_t size)
{
    const unsigned char *in = bytes;
    size_t i = 0;
    for (; size - i >= sizeof(sixteen); i += sizeof(sixteen), out += 2 * sizeof(sixteen)) {
        sixteen whole;
        memcpy(&whole, in + i, sizeof whole);
        sixteen high = hex_of(whole >> 4), low = hex_of(whole & 15);
        sixteen first = __builtin_shufflevector(
            high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        sixteen second = __builtin_shufflevector(
            high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        memcpy(out, &first, sizeof first);
        memcpy(out + sizeof first, &second, sizeof second);
    }
    for (; i < size; i++) {
        *out++ = hex_lower[in[i] >> 4];
        *out++ = hex_lower[in[i] & 15];
    }
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

bool hex_decode(void *out, text hex)
{
    unsigned char *bytes = out;
    if (hex.size % 2)
        return false;
    for (size_t i = 0; i < hex.size / 2; i++) {
        int high = hex_digit(hex.data[2 * i]), low = hex_digit(hex.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encoded_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

void base64_encode(char *out, text bytes)
{
    const unsigned char *in = (const unsigned char *)bytes.data;
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? in[i + 2] : 0);
        *out++ = base64_letters[group >> 18];
        *out++ = base64_letters[group >> 12 & 63];
        *out++ = left > 1 ? base64_letters[group >> 6 & 63] : '=';
        *out++ = left > 2 ? base64_letters[group & 63] : '=';
    }
}

enum { NO = 255 }; /* not one of base64_letters */

static const unsigned char base64_values[256] = {
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO, NO, 0,  1,  2,  3,  4,  5,  6,
    7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
    NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
    49, 50, 51, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
};

static int base64_digit(char byte)
{
    int value = base64_values[(unsigned char)byte];
    return value == NO ? -1 : value;
}

/* Four characters at data, or -1. */
static int base64_group(const char *data)
{
    unsigned first = base64_values[(unsigned char)data[0]];
    unsigned second = base64_values[(unsigned char)data[1]];
    unsigned third = base64_values[(unsigned char)data[2]];
    unsigned fourth = base64_values[(unsigned char)data[3]];
    bool good = (first | second | third | fourth) < 64;
    return good ? (int)(first << 18 | second << 12 | third << 6 | fourth) : -1;
}

size_t base64_decode(void *out, text encoded)
{
    unsigned char *bytes = out;
    size_t size = 0;
    if (encoded.size % 4 == 0 && encoded.size && encoded.data[encoded.size - 1] == '=')
        encoded.size -= encoded.data[encoded.size - 2] == '=' ? 2 : 1;
    if (encoded.size % 4 == 1)
        return SIZE_MAX;
    size_t whole = encoded.size / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) {
        int four = base64_group(encoded.data + i);
        if (four < 0)
            return SIZE_MAX;
        bytes[size++] = (unsigned char)(four >> 16);
        bytes[size++] = (unsigned char)(four >> 8);
        bytes[size++] = (unsigned char)four;
    }
    uint32_t group = 0;
    for (size_t i = whole; i < encoded.size; i++) {
        int digit = base64_digit(encoded.data[i]);
        if (digit < 0)
            return SIZE_MAX;
        group = group << 6 | (uint32_t)digit;
        if (i % 4 > 0)
            bytes[size++] = (unsigned char)(group >> (6 - 2 * (i % 4)));
    }
    return size;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

size_t percent_encode(char *out, text bytes, percent_set keep)
{
    char *at = out;
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        if (is_unreserved(c) || (c == '/' && keep == PERCENT_PATH)) {
            *at++ = (char)c;
        } else {
            *at++ = '%';
            *at++ = hex_upper[c >> 4];
            *at++ = hex_upper[c & 15];
        }
    }
    return (size_t)(at - out);
}

size_t percent_decode(char *out, text encoded)
{
    size_t size = 0;
    for (size_t i = 0; i < encoded.size; i++) {
        int high = -1, low = -1;
        if (encoded.data[i] == '%' && encoded.size - i > 2) {
            high = hex_digit(encoded.data[i + 1]);
            low = hex_digit(encoded.data[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            out[size++] = (char)(high << 4 | low);
            i += 2;
        } else {
            out[size++] = encoded.data[i];
        }
    }
    return size;
}
