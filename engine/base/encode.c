#include "encode.h"

#include <stdint.h>

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

void hex_encode(char *out, const void *bytes, size_t size)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = hex_lower[in[i] >> 4];
        out[2 * i + 1] = hex_lower[in[i] & 15];
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

static int base64_digit(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 52;
    return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

size_t base64_decode(void *out, text encoded)
{
    unsigned char *bytes = out;
    size_t size = 0;
    if (encoded.size % 4 == 0 && encoded.size && encoded.data[encoded.size - 1] == '=')
        encoded.size -= encoded.data[encoded.size - 2] == '=' ? 2 : 1;
    if (encoded.size % 4 == 1)
        return SIZE_MAX;
    uint32_t group = 0;
    for (size_t i = 0; i < encoded.size; i++) {
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
