/* encode: bytes as hex, base64 (RFC 4648 section 4) and percent-encoding (RFC 3986 section 2). */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include "text.h"

void hex_encode(char *out, const void *bytes, size_t size); /* 2 * size, lower case */
bool hex_decode(void *out, text hex);                       /* hex.size / 2; either case */

size_t base64_encoded_size(size_t size); /* with padding */
void base64_encode(char *out, text bytes);

/* Standard alphabet, padding optional, nothing else allowed. out holds encoded.size * 3 / 4 + 3
 * bytes, and may be where encoded is. Returns the size, or SIZE_MAX if it is not base64. */
size_t base64_decode(void *out, text encoded);

/* Which bytes stay as they are; the rest become %XX in upper case. */
typedef enum percent_set {
    PERCENT_UNRESERVED, /* A-Z a-z 0-9 - . _ ~ : query values, one path label */
    PERCENT_PATH,       /* these and / : a path of several segments, a greedy label */
} percent_set;

size_t percent_encode(char *out, text bytes, percent_set keep); /* out: 3 * size; the size used */

/* '+' stays. A % without two hex digits stays as it is. out: encoded.size. Returns the size. */
size_t percent_decode(char *out, text encoded);

#endif
