#include "tree_hash.h"

void tree_hash_init(struct tree_hash *tree)
{
    sha256_init(&tree->leaf);
    tree->leaf_size = tree->leaves = 0;
}

/* out may be one of the two. */
static void join(
    unsigned char out[SHA256_SIZE], const unsigned char left[SHA256_SIZE],
    const unsigned char right[SHA256_SIZE])
{
    struct sha256 sha256;
    sha256_init(&sha256);
    sha256_add(&sha256, text_from(left, SHA256_SIZE));
    sha256_add(&sha256, text_from(right, SHA256_SIZE));
    sha256_finish(&sha256, out);
}

static void finish_leaf(struct tree_hash *tree)
{
    unsigned char hash[SHA256_SIZE];
    sha256_finish(&tree->leaf, hash);
    sha256_init(&tree->leaf);
    tree->leaf_size = 0;
    size_t level = 0;
    for (; tree->leaves >> level & 1; level++)
        join(hash, tree->levels[level], hash);
    check(level < TREE_HASH_LEVELS);
    memcpy(tree->levels[level], hash, sizeof hash);
    tree->leaves++;
}

void tree_hash_add(struct tree_hash *tree, text bytes)
{
    while (bytes.size) {
        size_t room = (size_t)(TREE_HASH_LEAF - tree->leaf_size);
        size_t size = bytes.size < room ? bytes.size : room;
        sha256_add(&tree->leaf, text_from(bytes.data, size));
        tree->leaf_size += size;
        bytes = text_after(bytes, size);
        if (tree->leaf_size == TREE_HASH_LEAF)
            finish_leaf(tree);
    }
}

void tree_hash_finish(struct tree_hash *tree, unsigned char hash[SHA256_SIZE])
{
    if (tree->leaf_size || !tree->leaves)
        finish_leaf(tree);
    bool any = false;
    for (size_t level = 0; level < TREE_HASH_LEVELS; level++) {
        if (!(tree->leaves >> level & 1))
            continue;
        if (any)
            join(hash, tree->levels[level], hash);
        else
            memcpy(hash, tree->levels[level], SHA256_SIZE);
        any = true;
    }
}
