#include "lanes.h"

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/sha256.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

/* ---- Midstates --------------------------------------------------------------------------------
 *
 * wolfCrypt keeps the words in the machine's byte order and counts bytes, not bits, until the end.
 */

_Static_assert(sizeof((wc_Sha256){0}.digest) >= 32, "eight words");

size_t sha256_midstate_of(
    struct sha256_midstate *midstate, const struct sha256 *digest,
    unsigned char rest[SHA256_BLOCK_SIZE])
{
    const wc_Sha256 *wolf = (const wc_Sha256 *)(const void *)digest->state;
    size_t size = wolf->buffLen;
    memcpy(midstate->words, wolf->digest, sizeof midstate->words);
    memcpy(rest, wolf->buffer, size);
    midstate->size = ((uint64_t)wolf->hiLen << 32 | wolf->loLen) - size;
    return size;
}

void sha256_resume(struct sha256 *digest, const struct sha256_midstate *midstate)
{
    sha256_init(digest);
    wc_Sha256 *wolf = (wc_Sha256 *)(void *)digest->state;
    memcpy(wolf->digest, midstate->words, sizeof midstate->words);
    wolf->loLen = (word32)midstate->size;
    wolf->hiLen = (word32)(midstate->size >> 32);
}

/* ---- One by one ------------------------------------------------------------------------------ */

static void run_one(const struct sha256_job *job)
{
    struct sha256 digest;
    if (job->from)
        sha256_resume(&digest, job->from);
    else
        sha256_init(&digest);
    sha256_add(&digest, job->message);
    sha256_finish(&digest, job->digest);
}

static void run_each(const struct sha256_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        run_one(&jobs[i]);
}

#if defined(__x86_64__)

#define WITH_LANES __attribute__((target("avx512f,avx512bw")))
#define WITH_LANES_INLINE WITH_LANES __attribute__((always_inline)) static inline

/* ---- Sixteen blocks ---------------------------------------------------------------------------
 *
 * FIPS 180-4, section 6.2.2, on vectors: words[i] holds the state's word i of every lane.
 */

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

struct lanes_state {
    _Alignas(64) uint32_t words[8][SHA256_LANES];
};

/* Rows of four words each become columns, within each quarter of the registers. */
WITH_LANES_INLINE void turn_quarters(__m512i out[4], const __m512i in[4])
{
    __m512i low01 = _mm512_unpacklo_epi32(in[0], in[1]);
    __m512i high01 = _mm512_unpackhi_epi32(in[0], in[1]);
    __m512i low23 = _mm512_unpacklo_epi32(in[2], in[3]);
    __m512i high23 = _mm512_unpackhi_epi32(in[2], in[3]);
    out[0] = _mm512_unpacklo_epi64(low01, low23);
    out[1] = _mm512_unpackhi_epi64(low01, low23);
    out[2] = _mm512_unpacklo_epi64(high01, high23);
    out[3] = _mm512_unpackhi_epi64(high01, high23);
}

/* The sixteen lanes' blocks, a block in a row, become the sixteen words, a word in a row. */
WITH_LANES_INLINE void load_blocks(__m512i words[16], const unsigned char *const at[SHA256_LANES])
{
    const __m512i swap = _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
    __m512i turned[16];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        __m512i rows[4];
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++)
            rows[j] = _mm512_shuffle_epi8(_mm512_loadu_si512(at[4 * i + j]), swap);
        turn_quarters(turned + 4 * i, rows);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        __m512i low01 = _mm512_shuffle_i32x4(turned[j], turned[4 + j], 0x88);
        __m512i high01 = _mm512_shuffle_i32x4(turned[j], turned[4 + j], 0xdd);
        __m512i low23 = _mm512_shuffle_i32x4(turned[8 + j], turned[12 + j], 0x88);
        __m512i high23 = _mm512_shuffle_i32x4(turned[8 + j], turned[12 + j], 0xdd);
        words[j] = _mm512_shuffle_i32x4(low01, low23, 0x88);
        words[4 + j] = _mm512_shuffle_i32x4(high01, high23, 0x88);
        words[8 + j] = _mm512_shuffle_i32x4(low01, low23, 0xdd);
        words[12 + j] = _mm512_shuffle_i32x4(high01, high23, 0xdd);
    }
}

/* The tables of three inputs' truth that one instruction looks up. */
enum { XOR = 0x96, CHOOSE = 0xca, MAJORITY = 0xe8 };

#define ROTATED(x, a, b, c)                                                                        \
    _mm512_ternarylogic_epi32(                                                                     \
        _mm512_ror_epi32(x, a), _mm512_ror_epi32(x, b), _mm512_ror_epi32(x, c), XOR)
#define SHIFTED(x, a, b, c)                                                                        \
    _mm512_ternarylogic_epi32(                                                                     \
        _mm512_ror_epi32(x, a), _mm512_ror_epi32(x, b), _mm512_srli_epi32(x, c), XOR)

WITH_LANES_INLINE __m512i next_word(const __m512i words[16], int i)
{
    __m512i before2 = words[(i + 14) & 15], before15 = words[(i + 1) & 15];
    __m512i sum = _mm512_add_epi32(words[i & 15], words[(i + 9) & 15]);
    sum = _mm512_add_epi32(sum, SHIFTED(before15, 7, 18, 3));
    return _mm512_add_epi32(sum, SHIFTED(before2, 17, 19, 10));
}

/* The state's letters stay where they are: it is their names that move on, with i. */
WITH_LANES_INLINE void one_round(__m512i v[8], __m512i word, int i)
{
    __m512i a = v[(64 - i) & 7], b = v[(65 - i) & 7], c = v[(66 - i) & 7];
    __m512i e = v[(68 - i) & 7], f = v[(69 - i) & 7], g = v[(70 - i) & 7];
    __m512i *d = &v[(67 - i) & 7], *h = &v[(71 - i) & 7];
    __m512i sum =
        _mm512_add_epi32(*h, _mm512_add_epi32(word, _mm512_set1_epi32((int)constants[i])));
    sum = _mm512_add_epi32(sum, ROTATED(e, 6, 11, 25));
    sum = _mm512_add_epi32(sum, _mm512_ternarylogic_epi32(e, f, g, CHOOSE));
    *d = _mm512_add_epi32(*d, sum);
    sum = _mm512_add_epi32(sum, ROTATED(a, 2, 13, 22));
    *h = _mm512_add_epi32(sum, _mm512_ternarylogic_epi32(a, b, c, MAJORITY));
}

/* Moves every pointer on behind the blocks. */
WITH_LANES static void take_blocks(
    struct lanes_state *state, const unsigned char *at[SHA256_LANES], size_t blocks)
{
    __m512i v[8], words[16];
    for (; blocks > 0; blocks--) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++)
            v[i] = _mm512_load_si512(state->words[i]);
        load_blocks(words, at);
#pragma GCC unroll 64
        for (int i = 0; i < 64; i++) {
            if (i >= 16)
                words[i & 15] = next_word(words, i);
            one_round(v, words[i & 15], i);
        }
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            __m512i before = _mm512_load_si512(state->words[i]);
            _mm512_store_si512(state->words[i], _mm512_add_epi32(v[i], before));
        }
        for (int i = 0; i < SHA256_LANES; i++)
            at[i] += SHA256_BLOCK_SIZE;
    }
}

/* ---- Messages, in lanes ---------------------------------------------------------------------- */

struct lane {
    const struct sha256_job *job; /* NULL: idle */
    size_t blocks;                /* left of the message, then of its end */
    bool at_end;
    size_t end_blocks;
    unsigned char end[2 * SHA256_BLOCK_SIZE]; /* what fills no block, and the padding */
};

struct lanes {
    struct lanes_state state;
    const unsigned char *at[SHA256_LANES];
    struct lane lanes[SHA256_LANES];
    size_t active;
};

static const uint32_t begin_words[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static void write_end(struct lane *lane)
{
    const struct sha256_job *job = lane->job;
    size_t rest = job->message.size % SHA256_BLOCK_SIZE;
    lane->end_blocks = rest + 9 > SHA256_BLOCK_SIZE ? 2 : 1;
    size_t size = lane->end_blocks * SHA256_BLOCK_SIZE;
    if (rest)
        memcpy(lane->end, job->message.data + job->message.size - rest, rest);
    lane->end[rest] = 0x80;
    memset(lane->end + rest + 1, 0, size - rest - 9);
    uint64_t bits = (job->message.size + (job->from ? job->from->size : 0)) * 8;
    bits = __builtin_bswap64(bits);
    memcpy(lane->end + size - 8, &bits, 8);
}

static void go_to_end(struct lanes *lanes, size_t i)
{
    struct lane *lane = &lanes->lanes[i];
    lane->at_end = true;
    lane->blocks = lane->end_blocks;
    lanes->at[i] = lane->end;
}

static void put_in(struct lanes *lanes, size_t i, const struct sha256_job *job)
{
    struct lane *lane = &lanes->lanes[i];
    const uint32_t *words = job->from ? job->from->words : begin_words;
    for (size_t w = 0; w < 8; w++)
        lanes->state.words[w][i] = words[w];
    lane->job = job;
    lane->at_end = false;
    lane->blocks = job->message.size / SHA256_BLOCK_SIZE;
    write_end(lane);
    lanes->at[i] = (const unsigned char *)job->message.data;
    if (lane->blocks == 0)
        go_to_end(lanes, i);
    lanes->active++;
}

static void take_out(struct lanes *lanes, size_t i)
{
    unsigned char *out = lanes->lanes[i].job->digest;
    for (size_t w = 0; w < 8; w++) {
        uint32_t word = __builtin_bswap32(lanes->state.words[w][i]);
        memcpy(out + 4 * w, &word, 4);
    }
    lanes->lanes[i].job = NULL;
    lanes->active--;
}

/* As many blocks as every lane has. An idle one goes along with one that is not. */
static void advance(struct lanes *lanes)
{
    size_t blocks = SIZE_MAX;
    const unsigned char *any = NULL;
    for (size_t i = 0; i < SHA256_LANES; i++) {
        if (!lanes->lanes[i].job)
            continue;
        any = lanes->at[i];
        if (lanes->lanes[i].blocks < blocks)
            blocks = lanes->lanes[i].blocks;
    }
    for (size_t i = 0; i < SHA256_LANES; i++) {
        if (!lanes->lanes[i].job)
            lanes->at[i] = any;
    }
    take_blocks(&lanes->state, lanes->at, blocks);
    for (size_t i = 0; i < SHA256_LANES; i++) {
        struct lane *lane = &lanes->lanes[i];
        if (!lane->job)
            continue;
        lane->blocks -= blocks;
        if (lane->blocks == 0 && !lane->at_end)
            go_to_end(lanes, i);
        else if (lane->blocks == 0)
            take_out(lanes, i);
    }
}

/* What is left of a long message when hardly any lane has work. */
static void finish_alone(struct lanes *lanes, size_t i)
{
    struct lane *lane = &lanes->lanes[i];
    const struct sha256_job *job = lane->job;
    text left = job->message;
    left = text_after(left, left.size - left.size % SHA256_BLOCK_SIZE);
    left = text_from(lanes->at[i], lane->blocks * SHA256_BLOCK_SIZE + left.size);
    struct sha256_midstate midstate = {.size = job->message.size - left.size};
    midstate.size += job->from ? job->from->size : 0;
    for (size_t w = 0; w < 8; w++)
        midstate.words[w] = lanes->state.words[w][i];
    run_one(&(struct sha256_job){.message = left, .digest = job->digest, .from = &midstate});
    lane->job = NULL;
    lanes->active--;
}

static void finish_few(struct lanes *lanes)
{
    for (size_t i = 0; i < SHA256_LANES; i++) {
        if (lanes->lanes[i].job && !lanes->lanes[i].at_end)
            finish_alone(lanes, i);
    }
}

static void run_together(const struct sha256_job *jobs, size_t count)
{
    struct lanes lanes;
    lanes.active = 0;
    for (size_t i = 0; i < SHA256_LANES; i++)
        lanes.lanes[i].job = NULL;
    for (size_t next = 0;;) {
        for (size_t i = 0; i < SHA256_LANES && next < count; i++) {
            if (!lanes.lanes[i].job)
                put_in(&lanes, i, &jobs[next++]);
        }
        if (next == count && lanes.active < SHA256_LANES_LEAST)
            finish_few(&lanes);
        if (lanes.active == 0)
            return;
        advance(&lanes);
    }
}

static bool has_lanes(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

bool sha256_lanes_are_faster(void)
{
    unsigned a, b = 0, c, d;
    bool has_instructions = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
    return has_lanes() && !has_instructions;
}

void sha256_lanes_run(const struct sha256_job *jobs, size_t count)
{
    if (count >= SHA256_LANES_LEAST && has_lanes())
        run_together(jobs, count);
    else
        run_each(jobs, count);
}

#else

bool sha256_lanes_are_faster(void)
{
    return false;
}

void sha256_lanes_run(const struct sha256_job *jobs, size_t count)
{
    run_each(jobs, count);
}

#endif
