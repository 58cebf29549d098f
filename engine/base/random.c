#include "random.h"

#include "check.h"
#include "encode.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

void random_init(struct random_source *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t random_seed_from_system(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        return seed;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
}

uint64_t random_u64(struct random_source *random) /* splitmix64 */
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t random_below(struct random_source *random, uint64_t limit)
{
    check(limit > 0);
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)((wide)random_u64(random) * limit >> 64);
}

double random_fraction(struct random_source *random)
{
    return (double)(random_u64(random) >> 11) * 0x1.0p-53;
}

void random_uuid(struct random_source *random, char out[36])
{
    uint64_t words[2] = {random_u64(random), random_u64(random)};
    unsigned char *bytes = (unsigned char *)words;
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    char digits[32];
    hex_encode(digits, bytes, sizeof words);
    memcpy(out, digits, 8);
    out[8] = out[13] = out[18] = out[23] = '-';
    memcpy(out + 9, digits + 8, 4);
    memcpy(out + 14, digits + 12, 4);
    memcpy(out + 19, digits + 16, 4);
    memcpy(out + 24, digits + 20, 12);
}
