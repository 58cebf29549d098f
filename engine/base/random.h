/* random: numbers for jitter, spreading and request ids. Not for keys. The same seed, the same row.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random_source {
    uint64_t state;
};

void random_init(struct random_source *random, uint64_t seed);
uint64_t random_seed_from_system(void);
uint64_t random_u64(struct random_source *random);
uint64_t random_below(
    struct random_source *random, uint64_t limit);            /* 0 ... limit - 1; limit > 0 */
double random_fraction(struct random_source *random);         /* 0 <= x < 1 */
void random_uuid(struct random_source *random, char out[36]); /* version 4, lower case, no NUL */

#endif
