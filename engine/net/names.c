#include "names.h"

enum {
    LEAST_TTL_S = 1,
    MOST_TTL_S = 3600,
    NO_SUCH_NAME_S = 5,   /* how long that is believed ... */
    FAILURE_S = 1,        /* ... and that the servers did not answer */
    STALE_MOST_S = 3600,  /* so long after its time an answer is better than none (RFC 8767) ... */
    STALE_AFTER_MS = 300, /* ... once a new one keeps us waiting */
    AVOID_S = 10,         /* an address that failed is tried last; after that one connection ... */
    AVOID_MOST_S = 320,   /* ... probes it, and each further failure doubles the time up to this */
    SLAB_CHUNK = 8,
};

#define SECOND_NS UINT64_C(1000000000)

struct name_address {
    union net_address address;
    uint64_t avoid_until_ns;
    uint32_t failures; /* since it worked last; many at once count as one */
    bool is_probed;    /* a connection finds out whether it works again */
};

struct name {
    struct resolver_question question; /* first */
    struct names *names;
    struct list_link in_table, in_ages;
    struct list waiters;
    struct ring_timer deliver;  /* for an answer that came while it was asked for */
    struct ring_timer patience; /* with those who wait, where there is something stale */
    uint64_t good_until_ns;     /* nobody is asked before */
    uint64_t fresh_until_ns;    /* of the addresses, by their time to live */
    bool is_asked, is_pinned, is_delivering;
    const char *problem;
    uint32_t turn;
    size_t count;
    struct name_address addresses[RESOLVER_MOST_ADDRESSES];
    size_t size;
    char host[NAME_SIZE];
};

void names_init(
    struct names *names, struct ring *ring, struct budget *memory, const char *servers,
    uint64_t *lookups, uint64_t *failures)
{
    memset(names, 0, sizeof *names);
    names->ring = ring;
    names->memory = memory;
    names->servers = servers;
    names->lookups = lookups;
    names->failures = failures;
    slab_init(&names->slab, memory, sizeof(struct name), SLAB_CHUNK);
}

static void name_free(struct name *name)
{
    struct names *names = name->names;
    check(list_is_empty(&name->waiters));
    ring_timer_clear(names->ring, &name->deliver);
    ring_timer_clear(names->ring, &name->patience);
    list_remove(&name->in_table);
    list_remove(&name->in_ages);
    slab_give(&names->slab, name);
}

void names_release(struct names *names)
{
    resolver_free(names->resolver);
    while (names->ages.first)
        name_free(CONTAINER_OF(names->ages.first, struct name, in_ages));
    slab_release(&names->slab);
}

size_t name_normalize(text host, char out[NAME_SIZE])
{
    if (host.size && host.data[host.size - 1] == '.')
        host.size--;
    if (host.size == 0 || host.size > 253)
        return 0;
    for (size_t i = 0; i < host.size; i++) {
        unsigned char byte = (unsigned char)host.data[i];
        if (byte <= ' ' || byte >= 127)
            return 0;
        out[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    }
    out[host.size] = 0;
    return host.size;
}

static struct list *row_of(struct names *names, text host)
{
    return &names->table[text_hash(host) % NAMES_TABLE_SIZE];
}

static struct name *find(struct names *names, text host)
{
    for (struct list_link *link = row_of(names, host)->first; link; link = link->next) {
        struct name *name = CONTAINER_OF(link, struct name, in_table);
        if (text_equals(text_from(name->host, name->size), host))
            return name;
    }
    return NULL;
}

static bool make_room(struct names *names)
{
    for (struct list_link *link = names->ages.first; link; link = link->next) {
        struct name *name = CONTAINER_OF(link, struct name, in_ages);
        if (name->is_asked || name->is_pinned || name->is_delivering || name->waiters.first)
            continue;
        name_free(name);
        return true;
    }
    return false;
}

/* Gives what is known to those who wait. A waiter may ask for anything in its callback. */
static void deliver(struct name *name, bool even_stale);

static void deliver_later(struct ring_timer *timer)
{
    deliver(CONTAINER_OF(timer, struct name, deliver), false);
}

static void patience_ends(struct ring_timer *timer)
{
    deliver(CONTAINER_OF(timer, struct name, patience), true);
}

static struct name *find_or_add(struct names *names, text host)
{
    struct name *name = find(names, host);
    if (name || host.size >= NAME_SIZE)
        return name;
    if (names->ages.count >= NAMES_MOST && !make_room(names))
        return NULL;
    name = slab_take(&names->slab);
    if (!name)
        return NULL;
    memset(name, 0, sizeof *name);
    name->names = names;
    name->turn = names->first_turn++;
    name->deliver.fire = deliver_later;
    name->patience.fire = patience_ends;
    name->size = host.size;
    memcpy(name->host, host.data, host.size);
    list_push(row_of(names, host), &name->in_table);
    list_push(&names->ages, &name->in_ages);
    return name;
}

static uint64_t avoid_ns(uint32_t failures)
{
    uint32_t doublings = failures < 6 ? failures : 6;
    uint64_t seconds = (uint64_t)AVOID_S << (doublings ? doublings - 1 : 0);
    return (seconds < AVOID_MOST_S ? seconds : AVOID_MOST_S) * SECOND_NS;
}

/* The addresses in turn; those that failed lately at the end, but never left out. One whose time is
 * over comes first only once: what becomes of that connection decides for the others. */
static void fill(struct name *name, struct name_waiter *waiter)
{
    uint64_t now_ns = ring_now_ns(name->names->ring);
    waiter->problem = name->problem;
    if (!waiter->problem && name->count == 0)
        waiter->problem = "no such name";
    waiter->count = 0;
    if (waiter->problem)
        return;
    size_t first = name->turn++ % name->count;
    for (int avoided = 0; avoided <= 1; avoided++)
        for (size_t i = 0; i < name->count; i++) {
            struct name_address *address = &name->addresses[(first + i) % name->count];
            if ((address->avoid_until_ns > now_ns) != avoided)
                continue;
            if (waiter->count == 0 && !avoided && address->failures) {
                address->avoid_until_ns = now_ns + avoid_ns(address->failures);
                address->is_probed = true;
            }
            waiter->addresses[waiter->count++] = address->address;
            if (waiter->count == name->count)
                return;
        }
}

static void deliver(struct name *name, bool even_stale)
{
    name->is_delivering = true;
    size_t count = name->waiters.count; /* who asks meanwhile has patience of his own */
    for (; count && name->waiters.first && (!name->is_asked || even_stale); count--) {
        struct list_link *link = list_pop(&name->waiters);
        struct name_waiter *waiter = CONTAINER_OF(link, struct name_waiter, link);
        fill(name, waiter);
        waiter->answered(waiter);
    }
    name->is_delivering = false;
    if (name->waiters.first && !name->is_asked)
        ring_timer_set(name->names->ring, &name->deliver, ring_now_ns(name->names->ring));
}

static const struct name_address *find_address(
    const struct name *name, const union net_address *address)
{
    for (size_t i = 0; i < name->count; i++)
        if (address_equals(&name->addresses[i].address, address))
            return &name->addresses[i];
    return NULL;
}

static void keep_addresses(struct name *name, const struct resolver_answer *answer)
{
    struct name_address fresh[RESOLVER_MOST_ADDRESSES];
    for (size_t i = 0; i < answer->count; i++) {
        const struct name_address *known = find_address(name, &answer->addresses[i]);
        fresh[i].address = answer->addresses[i];
        fresh[i].avoid_until_ns = known ? known->avoid_until_ns : 0;
        fresh[i].failures = known ? known->failures : 0;
        fresh[i].is_probed = known && known->is_probed;
    }
    memcpy(name->addresses, fresh, answer->count * sizeof fresh[0]);
    name->count = answer->count;
}

static uint32_t lifetime_s(const struct resolver_answer *answer)
{
    if (answer->problem)
        return answer->is_final ? NO_SUCH_NAME_S : FAILURE_S;
    if (answer->ttl_s < LEAST_TTL_S)
        return LEAST_TTL_S;
    return answer->ttl_s < MOST_TTL_S ? answer->ttl_s : MOST_TTL_S;
}

static bool has_stale(const struct name *name, uint64_t now_ns)
{
    return name->count && !name->problem &&
           now_ns < name->fresh_until_ns + STALE_MOST_S * SECOND_NS;
}

static void take_answer(struct name *name, const struct resolver_answer *answer, uint64_t now_ns)
{
    name->good_until_ns = now_ns + lifetime_s(answer) * SECOND_NS;
    if (!answer->problem) {
        name->problem = NULL;
        name->fresh_until_ns = name->good_until_ns;
        keep_addresses(name, answer);
        return;
    }
    ++*name->names->failures;
    if (!answer->is_final && has_stale(name, now_ns))
        return;
    name->problem = answer->problem;
    name->count = 0;
}

/* It is not told from in here: this may run inside names_look_up(), or inside the resolver. */
static void name_is_answered(
    struct resolver_question *question, const struct resolver_answer *answer)
{
    struct name *name = CONTAINER_OF(question, struct name, question);
    uint64_t now_ns = ring_now_ns(name->names->ring);
    name->is_asked = false;
    ring_timer_clear(name->names->ring, &name->patience);
    if (!name->is_pinned)
        take_answer(name, answer, now_ns);
    ring_timer_set(name->names->ring, &name->deliver, now_ns);
}

static bool ask(struct name *name)
{
    struct names *names = name->names;
    inia_error error;
    if (!names->resolver)
        names->resolver = resolver_new(names->ring, names->memory, names->servers, &error);
    if (!names->resolver)
        return false;
    ++*names->lookups;
    name->is_asked = true;
    name->question.answered = name_is_answered;
    resolver_ask(names->resolver, &name->question, name->host);
    return true;
}

static bool is_known(const struct name *name)
{
    return name->is_pinned || name->good_until_ns > ring_now_ns(name->names->ring);
}

bool names_look_up(struct names *names, text host, struct name_waiter *waiter)
{
    struct name *name = find_or_add(names, host);
    waiter->problem = "too many names are being looked up";
    waiter->count = 0;
    waiter->link = (struct list_link){0};
    if (!name)
        return true;
    list_remove(&name->in_ages);
    list_push(&names->ages, &name->in_ages);
    if (!name->is_asked && !is_known(name) && !ask(name)) {
        waiter->problem = "the system's settings for name servers cannot be read";
        return true;
    }
    if (name->is_asked) {
        uint64_t now_ns = ring_now_ns(names->ring);
        list_push(&name->waiters, &waiter->link);
        if (has_stale(name, now_ns) && !ring_timer_is_set(&name->patience))
            ring_timer_set(
                names->ring, &name->patience, now_ns + STALE_AFTER_MS * UINT64_C(1000000));
        return false;
    }
    fill(name, waiter);
    return true;
}

void name_waiter_forget(struct name_waiter *waiter)
{
    list_remove(&waiter->link);
}

void names_judge(struct names *names, text host, const union net_address *address, bool works)
{
    struct name *name = find(names, host);
    uint64_t now_ns = ring_now_ns(names->ring);
    for (size_t i = 0; name && i < name->count; i++) {
        struct name_address *known = &name->addresses[i];
        if (!address_equals(&known->address, address))
            continue;
        bool is_news = known->is_probed || known->avoid_until_ns <= now_ns;
        if (works)
            known->failures = 0;
        else if (is_news)
            known->failures++;
        known->is_probed = false;
        known->avoid_until_ns = works ? 0 : now_ns + avoid_ns(known->failures);
    }
}

bool names_pin(
    struct names *names, text host, const struct sockaddr_storage *addresses, size_t size)
{
    char normal[NAME_SIZE];
    text key = text_from(normal, name_normalize(host, normal));
    struct name *name = size ? find_or_add(names, key) : find(names, key);
    if (key.size == 0 || !name)
        return size == 0;
    name->is_pinned = size > 0;
    name->problem = NULL;
    name->good_until_ns = 0;
    name->count = 0;
    for (size_t i = 0; i < size && name->count < RESOLVER_MOST_ADDRESSES; i++) {
        struct name_address *address = &name->addresses[name->count];
        address->avoid_until_ns = 0;
        address->failures = 0;
        address->is_probed = false;
        if (address_from(&address->address, (const struct sockaddr *)&addresses[i]))
            name->count++;
    }
    if (name->count == 0)
        name->is_pinned = false;
    return name->count > 0 || size == 0;
}
