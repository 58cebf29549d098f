/*
 * scan: which bytes may stand where in a head, and the two searches that a head's time goes into,
 * 16 bytes at a time where the CPU can.
 */
#ifndef HTTP_SCAN_H
#define HTTP_SCAN_H

#include "base/base.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

extern const bool http_token_bytes[256];        /* RFC 9110 5.6.2 */
extern const char http_no_memory_for_headers[]; /* what the parsers return then */

static inline bool scan_is_token_byte(char byte)
{
    return http_token_bytes[(unsigned char)byte];
}

/* The first byte that is no token's; there must be one before end. */
static inline char *scan_token(char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i nine = _mm_set1_epi8(9), last_letter = _mm_set1_epi8('z' - 'a');
    for (; end - at >= 16; at += 16) {
        /* Letters, digits and hyphens, which is what names are made of; the rest is looked up. */
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        __m128i letter = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
        __m128i usual = _mm_or_si128(
            _mm_cmpeq_epi8(_mm_min_epu8(digit, nine), digit),
            _mm_or_si128(
                _mm_cmpeq_epi8(_mm_min_epu8(letter, last_letter), letter),
                _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'))));
        unsigned mask = (unsigned)_mm_movemask_epi8(usual) ^ 0xffff;
        if (mask) {
            at += __builtin_ctz(mask);
            break;
        }
    }
#endif
    while (scan_is_token_byte(*at))
        at++;
    return at;
}

/* Neither text nor obs-text nor a tab: what no value may have. */
static inline bool scan_is_control(char byte)
{
    unsigned char code = (unsigned char)byte;
    return (code < 0x20 && code != '\t') || code == 0x7f;
}

/* The first control byte, or end. */
static inline const char *scan_control(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i last_control = _mm_set1_epi8(0x1f);
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i rubout = _mm_set1_epi8(0x7f);
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
        __m128i found = _mm_or_si128(
            _mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low), _mm_cmpeq_epi8(bytes, rubout));
        unsigned mask = (unsigned)_mm_movemask_epi8(found);
        if (mask)
            return at + __builtin_ctz(mask);
    }
#endif
    while (at < end && !scan_is_control(*at))
        at++;
    return at;
}

/* Just behind the first empty line (CR LF or LF) that follows a LF in at ... end, or NULL. */
static inline const char *scan_empty_line_after(const char *line_end, const char *end)
{
    const char *next = line_end + 1;
    if (next < end && *next == '\n')
        return next + 1;
    if (end - next >= 2 && next[0] == '\r' && next[1] == '\n')
        return next + 2;
    return NULL;
}

static inline const char *scan_empty_line(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i line_feed = _mm_set1_epi8('\n');
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, line_feed));
        for (; mask; mask &= mask - 1) {
            const char *found = scan_empty_line_after(at + __builtin_ctz(mask), end);
            if (found)
                return found;
        }
    }
#endif
    for (; at < end; at++) {
        const char *found = *at == '\n' ? scan_empty_line_after(at, end) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

#endif
