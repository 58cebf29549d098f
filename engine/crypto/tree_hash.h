/* tree_hash: Glacier's SHA-256 tree hash, over bytes of any size in constant memory. */
#ifndef CRYPTO_TREE_HASH_H
#define CRYPTO_TREE_HASH_H

#include "digest.h"

enum {
    TREE_HASH_LEAF = 1 << 20, /* bytes */
    TREE_HASH_LEVELS = 44,    /* enough for 2^64 bytes */
};

struct tree_hash {
    struct sha256 leaf;
    uint64_t leaf_size;
    uint64_t leaves; /* finished: bit n is set where level n has a hash without a partner */
    unsigned char levels[TREE_HASH_LEVELS][SHA256_SIZE];
};

void tree_hash_init(struct tree_hash *tree);
void tree_hash_add(struct tree_hash *tree, text bytes);
void tree_hash_finish(struct tree_hash *tree, unsigned char hash[SHA256_SIZE]);

#endif
