#include "crypto/crypto.h"

#include "test.h"

#include <stdlib.h>

enum { LONGEST = 70000, MOST = 40 };

static unsigned char digests[MOST][SHA256_SIZE];
static struct sha256_job jobs[MOST];

/* Each message at an end of memory of its own, so that reading on is noticed by the sanitizers. */
static void add_job(size_t i, size_t size)
{
    char *bytes = malloc(size ? size : 1);
    CHECK(bytes != NULL);
    for (size_t b = 0; b < size; b++)
        bytes[b] = (char)((b * 131 + i * 17 + size) >> (b % 3));
    jobs[i] = (struct sha256_job){.message = text_from(bytes, size), .digest = digests[i]};
}

static void check_run(size_t count)
{
    memset(digests, 0xee, sizeof digests);
    sha256_lanes_run(jobs, count);
    for (size_t i = 0; i < count; i++) {
        unsigned char alone[SHA256_SIZE];
        struct sha256 sha256;
        sha256_init(&sha256);
        if (jobs[i].from)
            sha256_resume(&sha256, jobs[i].from);
        sha256_add(&sha256, jobs[i].message);
        sha256_finish(&sha256, alone);
        CHECK_BYTES(digests[i], SHA256_SIZE, alone, SHA256_SIZE);
    }
    for (size_t i = count; i < MOST; i++)
        CHECK_EQ(digests[i][0], 0xee);
}

static void free_jobs(size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)jobs[i].message.data);
    memset(jobs, 0, sizeof jobs);
}

TEST(messages_of_every_length_up_to_300_are_hashed_as_alone)
{
    for (size_t size = 0; size <= 300; size++) {
        for (size_t i = 0; i < SHA256_LANES; i++)
            add_job(i, size);
        check_run(SHA256_LANES);
        free_jobs(SHA256_LANES);
    }
}

TEST(any_number_of_messages_is_hashed_and_no_more)
{
    for (size_t count = 0; count <= MOST; count++) {
        for (size_t i = 0; i < count; i++)
            add_job(i, (i * 97 + count * 13) % 700);
        check_run(count);
        free_jobs(count);
    }
}

TEST(long_and_short_messages_go_together)
{
    struct random_source random;
    random_init(&random, 7);
    for (int round = 0; round < 30; round++) {
        size_t count = 1 + random_u64(&random) % MOST;
        for (size_t i = 0; i < count; i++) {
            size_t most = random_u64(&random) % 4 ? 600 : LONGEST;
            add_job(i, random_u64(&random) % (most + 1));
        }
        check_run(count);
        free_jobs(count);
    }
}

TEST(one_message_may_be_much_longer_than_the_rest_at_every_place)
{
    for (size_t at = 0; at < SHA256_LANES + 2; at++) {
        for (size_t i = 0; i < SHA256_LANES + 2; i++)
            add_job(i, i == at ? LONGEST : 64 * (i % 3) + 55 + i % 2);
        check_run(SHA256_LANES + 2);
        free_jobs(SHA256_LANES + 2);
    }
}

TEST(an_absent_message_is_hashed_as_an_empty_one)
{
    unsigned char empty[SHA256_SIZE];
    sha256_once(empty, TEXT(""));
    for (size_t i = 0; i < 4; i++)
        jobs[i] = (struct sha256_job){.digest = digests[i]};
    sha256_lanes_run(jobs, 4);
    for (size_t i = 0; i < 4; i++)
        CHECK_BYTES(digests[i], SHA256_SIZE, empty, SHA256_SIZE);
    memset(jobs, 0, sizeof jobs);
}

TEST(digests_go_on_from_where_others_stopped)
{
    static char start[64 * 5 + 63];
    struct sha256 digest;
    struct sha256_midstate midstates[6];
    unsigned char rest[SHA256_BLOCK_SIZE];
    for (size_t n = 0; n < 6; n++) {
        sha256_init(&digest);
        sha256_add(&digest, text_from(start, 64 * n));
        CHECK_EQ(sha256_midstate_of(&midstates[n], &digest, rest), 0);
        CHECK_EQ(midstates[n].size, 64 * n);
    }
    for (size_t count = 1; count <= MOST; count++) {
        for (size_t i = 0; i < count; i++) {
            add_job(i, i % 5 ? i * 29 : 3000);
            jobs[i].from = i % 7 ? &midstates[i % 6] : NULL;
        }
        check_run(count);
        free_jobs(count);
    }
}

TEST(a_midstate_leaves_out_what_fills_no_block)
{
    char bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct sha256 digest;
        sha256_init(&digest);
        sha256_add(&digest, text_from(bytes, size));
        struct sha256_midstate midstate;
        unsigned char rest[SHA256_BLOCK_SIZE], whole[SHA256_SIZE], resumed[SHA256_SIZE];
        size_t rest_size = sha256_midstate_of(&midstate, &digest, rest);
        CHECK_EQ(rest_size, size % SHA256_BLOCK_SIZE);
        CHECK_EQ(midstate.size + rest_size, size);
        sha256_finish(&digest, whole);
        sha256_resume(&digest, &midstate);
        sha256_add(&digest, text_from(rest, rest_size));
        sha256_finish(&digest, resumed);
        CHECK_BYTES(resumed, SHA256_SIZE, whole, SHA256_SIZE);
    }
}
