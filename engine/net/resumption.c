#include "resumption.h"

enum { SLAB_CHUNK = 8 };

struct resumption {
    struct list_link in_row, in_ages;
    WOLFSSL_SESSION *session;
    const void *trust;
    uint16_t port;
    size_t size;
    char host[NAME_SIZE];
};

void resumptions_init(struct resumptions *resumptions, struct budget *memory)
{
    memset(resumptions, 0, sizeof *resumptions);
    slab_init(&resumptions->slab, memory, sizeof(struct resumption), SLAB_CHUNK);
}

static void forget(struct resumptions *resumptions, struct resumption *resumption)
{
    wolfSSL_SESSION_free(resumption->session);
    list_remove(&resumption->in_row);
    list_remove(&resumption->in_ages);
    slab_give(&resumptions->slab, resumption);
}

void resumptions_release(struct resumptions *resumptions)
{
    while (resumptions->ages.first)
        forget(resumptions, CONTAINER_OF(resumptions->ages.first, struct resumption, in_ages));
    slab_release(&resumptions->slab);
}

static struct list *row_of(struct resumptions *resumptions, const struct resumption_key *key)
{
    return &resumptions->rows[(text_hash(key->host) + key->port) % RESUMPTION_ROWS];
}

static struct resumption *find(struct resumptions *resumptions, const struct resumption_key *key)
{
    for (struct list_link *link = row_of(resumptions, key)->first; link; link = link->next) {
        struct resumption *known = CONTAINER_OF(link, struct resumption, in_row);
        if (known->trust == key->trust && known->port == key->port &&
            text_equals(text_from(known->host, known->size), key->host))
            return known;
    }
    return NULL;
}

WOLFSSL_SESSION *resumption_find(struct resumptions *resumptions, const struct resumption_key *key)
{
    struct resumption *known = find(resumptions, key);
    if (!known)
        return NULL;
    list_remove(&known->in_ages);
    list_push(&resumptions->ages, &known->in_ages);
    return known->session;
}

static struct resumption *add(struct resumptions *resumptions, const struct resumption_key *key)
{
    if (key->host.size >= NAME_SIZE)
        return NULL;
    if (resumptions->ages.count >= RESUMPTIONS_MOST)
        forget(resumptions, CONTAINER_OF(resumptions->ages.first, struct resumption, in_ages));
    struct resumption *resumption = slab_take(&resumptions->slab);
    if (!resumption)
        return NULL;
    memset(resumption, 0, sizeof *resumption);
    resumption->trust = key->trust;
    resumption->port = key->port;
    resumption->size = key->host.size;
    memcpy(resumption->host, key->host.data, key->host.size);
    list_push(row_of(resumptions, key), &resumption->in_row);
    list_push(&resumptions->ages, &resumption->in_ages);
    return resumption;
}

void resumption_keep(
    struct resumptions *resumptions, const struct resumption_key *key, WOLFSSL_SESSION *session)
{
    struct resumption *resumption = find(resumptions, key);
    if (!resumption)
        resumption = add(resumptions, key);
    if (!resumption) {
        wolfSSL_SESSION_free(session);
        return;
    }
    if (resumption->session)
        wolfSSL_SESSION_free(resumption->session);
    resumption->session = session;
}

void resumption_forget(struct resumptions *resumptions, const struct resumption_key *key)
{
    struct resumption *known = find(resumptions, key);
    if (known)
        forget(resumptions, known);
}

void resumptions_forget(struct resumptions *resumptions, const void *trust)
{
    struct list_link *link = resumptions->ages.first;
    while (link) {
        struct resumption *known = CONTAINER_OF(link, struct resumption, in_ages);
        link = link->next;
        if (known->trust == trust)
            forget(resumptions, known);
    }
}
