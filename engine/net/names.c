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
    BOTH_AFTER_MS = 50,   /* IPv4 alone waits so long for IPv6: RFC 8305's Resolution Delay */
    SLOWER_TIMES = 2,     /* connecting that takes so many times the least ... */
    SLOWER_BY_MS = 20,    /* ... and so much more makes an address one of the slow ... */
    SLOW_FOR_S = 300,     /* ... until that was so long ago */
    SLAB_CHUNK = 8,
};

#define SECOND_NS UINT64_C(1000000000)
#define MS_NS UINT64_C(1000000)

struct name_address {
    union net_address address;
    uint64_t avoid_until_ns;
    uint64_t took_ns;     /* to connect, lately and smoothed; 0: not known ... */
    uint64_t measured_ns; /* ... since then */
    uint32_t failures;    /* since it worked last; many at once count as one */
    bool is_probed;       /* a connection finds out whether it works again */
};

/* One of the two questions about a name, and its last answer. */
struct name_family {
    struct resolver_question question; /* first */
    struct name *name;
    int family;
    bool is_asked, is_final;
    const char *problem;
    uint32_t ttl_s;
};

enum { IPV6, IPV4, FAMILIES };

struct name {
    struct names *names;
    struct list_link in_table, in_ages;
    struct list waiters;
    struct ring_timer deliver;  /* for an answer that came while it was asked for */
    struct ring_timer patience; /* with those who wait, where there is something stale */
    uint64_t good_until_ns;     /* nobody is asked before */
    uint64_t fresh_until_ns;    /* of the addresses, by their time to live */
    struct name_family families[FAMILIES];
    bool is_pinned, is_delivering;
    bool is_enough; /* one family has answered, and the other need not be waited for */
    const char *problem;
    uint32_t turn;
    size_t count;
    struct name_address addresses[NAME_MOST_ADDRESSES];
    size_t size;
    char host[NAME_SIZE];
};

static bool is_asked(const struct name *name)
{
    return name->families[IPV6].is_asked || name->families[IPV4].is_asked;
}

static bool must_wait(const struct name *name)
{
    return is_asked(name) && !name->is_enough;
}

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
        if (is_asked(name) || name->is_pinned || name->is_delivering || name->waiters.first)
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
    struct name *name = CONTAINER_OF(timer, struct name, deliver);
    name->is_enough = true; /* or all has been answered */
    deliver(name, false);
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

static bool was_measured(const struct name_address *address, uint64_t now_ns)
{
    return address->took_ns && now_ns < address->measured_ns + SLOW_FOR_S * SECOND_NS;
}

static uint64_t least_took_ns(const struct name *name, uint64_t now_ns)
{
    uint64_t least_ns = UINT64_MAX;
    for (size_t i = 0; i < name->count; i++) {
        const struct name_address *address = &name->addresses[i];
        if (was_measured(address, now_ns) && address->avoid_until_ns <= now_ns &&
            address->took_ns < least_ns)
            least_ns = address->took_ns;
    }
    return least_ns;
}

enum rank { RANK_GOOD, RANK_SLOW, RANK_AVOIDED, RANKS };

static enum rank rank_of(const struct name_address *address, uint64_t now_ns, uint64_t least_ns)
{
    if (address->avoid_until_ns > now_ns)
        return RANK_AVOIDED;
    if (!was_measured(address, now_ns) || address->took_ns / SLOWER_TIMES <= least_ns)
        return RANK_GOOD;
    bool is_slow = address->took_ns - least_ns > SLOWER_BY_MS * MS_NS;
    return is_slow ? RANK_SLOW : RANK_GOOD;
}

/* The addresses of a family and a rank, each time another one first. */
struct choice {
    struct name_address *addresses[NAME_MOST_ADDRESSES];
    size_t count, given;
};

static struct name_address *choose(struct choice *choice, uint32_t turn)
{
    if (choice->given == choice->count)
        return NULL;
    return choice->addresses[(turn + choice->given++) % choice->count];
}

static void collect(struct name *name, struct choice choices[RANKS][FAMILIES], uint64_t now_ns)
{
    uint64_t least_ns = least_took_ns(name, now_ns);
    for (size_t i = 0; i < name->count; i++) {
        struct name_address *address = &name->addresses[i];
        int family = address->address.any.sa_family == AF_INET6 ? IPV6 : IPV4;
        struct choice *choice = &choices[rank_of(address, now_ns, least_ns)][family];
        choice->addresses[choice->count++] = address;
    }
}

/* One whose time of being avoided is over comes first only once: what becomes of that connection
 * decides for the others. */
static void give(struct name_waiter *waiter, struct name_address *address, uint64_t now_ns)
{
    if (waiter->count == 0 && address->failures && address->avoid_until_ns <= now_ns) {
        address->avoid_until_ns = now_ns + avoid_ns(address->failures);
        address->is_probed = true;
    }
    waiter->addresses[waiter->count++] = address->address;
}

/* The addresses in turn; those that failed lately at the end, but never left out. */
static void fill(struct name *name, struct name_waiter *waiter)
{
    uint64_t now_ns = ring_now_ns(name->names->ring);
    struct choice choices[RANKS][FAMILIES];
    waiter->problem = name->problem;
    if (!waiter->problem && name->count == 0)
        waiter->problem = "no such name";
    waiter->count = 0;
    if (waiter->problem)
        return;
    for (int rank = 0; rank < RANKS; rank++)
        for (int family = 0; family < FAMILIES; family++)
            choices[rank][family].count = choices[rank][family].given = 0;
    collect(name, choices, now_ns);
    uint32_t turn = name->turn++;
    for (int rank = 0; rank < RANKS; rank++) {
        size_t before;
        do {
            before = waiter->count;
            for (int family = 0; family < FAMILIES; family++) {
                struct name_address *address = choose(&choices[rank][family], turn);
                if (address)
                    give(waiter, address, now_ns);
            }
        } while (waiter->count > before);
    }
}

static void deliver(struct name *name, bool even_stale)
{
    name->is_delivering = true;
    size_t count = name->waiters.count; /* who asks meanwhile has patience of his own */
    for (; count && name->waiters.first && (!must_wait(name) || even_stale); count--) {
        struct list_link *link = list_pop(&name->waiters);
        struct name_waiter *waiter = CONTAINER_OF(link, struct name_waiter, link);
        fill(name, waiter);
        waiter->answered(waiter);
    }
    name->is_delivering = false;
    if (name->waiters.first && !must_wait(name))
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

/* Those of the family make room for what the answer has; what is known of them stays known. */
static void keep_addresses(struct name *name, int family, const struct resolver_answer *answer)
{
    struct name_address fresh[NAME_MOST_ADDRESSES];
    size_t count = 0;
    for (size_t i = 0; i < name->count; i++)
        if (name->addresses[i].address.any.sa_family != family)
            fresh[count++] = name->addresses[i];
    for (size_t i = 0; i < answer->count && count < NAME_MOST_ADDRESSES; i++) {
        const struct name_address *known = find_address(name, &answer->addresses[i]);
        fresh[count] = known ? *known : (struct name_address){.address = answer->addresses[i]};
        count++;
    }
    memcpy(name->addresses, fresh, count * sizeof fresh[0]);
    name->count = count;
}

static bool has_stale(const struct name *name, uint64_t now_ns)
{
    return name->count && !name->problem &&
           now_ns < name->fresh_until_ns + STALE_MOST_S * SECOND_NS;
}

static uint32_t lifetime_s(uint32_t ttl_s)
{
    if (ttl_s < LEAST_TTL_S)
        return LEAST_TTL_S;
    return ttl_s < MOST_TTL_S ? ttl_s : MOST_TTL_S;
}

static void take_failure(struct name *name, uint64_t now_ns)
{
    const struct name_family *v6 = &name->families[IPV6], *v4 = &name->families[IPV4];
    const struct name_family *worse = v4->is_final && !v6->is_final ? v6 : v4;
    ++*name->names->failures;
    name->good_until_ns = now_ns + (worse->is_final ? NO_SUCH_NAME_S : FAILURE_S) * SECOND_NS;
    if (!worse->is_final && has_stale(name, now_ns))
        return;
    name->problem = worse->problem;
    name->count = 0;
}

/* Both families have answered. */
static void settle(struct name *name, uint64_t now_ns)
{
    uint32_t ttl_s = UINT32_MAX;
    bool is_found = false;
    for (int i = 0; i < FAMILIES; i++) {
        const struct name_family *family = &name->families[i];
        is_found |= !family->problem;
        if (!family->problem && family->ttl_s < ttl_s)
            ttl_s = family->ttl_s;
    }
    if (!is_found) {
        take_failure(name, now_ns);
        return;
    }
    name->problem = NULL;
    name->good_until_ns = name->fresh_until_ns = now_ns + lifetime_s(ttl_s) * SECOND_NS;
}

static void take_answer(
    struct name_family *family, const struct resolver_answer *answer, uint64_t now_ns)
{
    struct name *name = family->name;
    family->problem = answer->problem;
    family->is_final = answer->is_final;
    family->ttl_s = answer->ttl_s;
    if (!answer->problem || answer->is_final)
        keep_addresses(name, family->family, answer);
    if (!answer->problem)
        name->problem = NULL;
    if (!is_asked(name))
        settle(name, now_ns);
}

/* It is not told from in here: this may run inside names_look_up(), or inside the resolver. IPv6
 * alone is enough at once; whoever tries it asks for more when it does not work. */
static void family_is_answered(
    struct resolver_question *question, const struct resolver_answer *answer)
{
    struct name_family *family = CONTAINER_OF(question, struct name_family, question);
    struct name *name = family->name;
    struct ring *ring = name->names->ring;
    uint64_t now_ns = ring_now_ns(ring);
    family->is_asked = false;
    if (!name->is_pinned)
        take_answer(family, answer, now_ns);
    if (!is_asked(name)) {
        ring_timer_clear(ring, &name->patience);
        ring_timer_set(ring, &name->deliver, now_ns);
    } else if (!answer->problem) {
        name->is_enough = family->family == AF_INET6;
        uint64_t wait_ns = name->is_enough ? 0 : BOTH_AFTER_MS * MS_NS;
        ring_timer_set(ring, &name->deliver, now_ns + wait_ns);
    }
}

static bool is_known(const struct name *name)
{
    return name->is_pinned || name->good_until_ns > ring_now_ns(name->names->ring);
}

static bool ask(struct name *name)
{
    static const int families[FAMILIES] = {[IPV6] = AF_INET6, [IPV4] = AF_INET};
    struct names *names = name->names;
    inia_error error;
    if (!names->resolver)
        names->resolver = resolver_new(names->ring, names->memory, names->servers, &error);
    if (!names->resolver)
        return false;
    ++*names->lookups;
    name->is_enough = false;
    ring_timer_clear(names->ring, &name->deliver);
    for (int i = 0; i < FAMILIES; i++)
        name->families[i] = (struct name_family){
            .question = {.answered = family_is_answered},
            .name = name,
            .family = families[i],
            .is_asked = true,
        };
    for (int i = 0; i < FAMILIES; i++)
        resolver_ask(names->resolver, &name->families[i].question, name->host, families[i]);
    return true;
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
    if (!is_asked(name) && !is_known(name) && !ask(name)) {
        waiter->problem = "the system's settings for name servers cannot be read";
        return true;
    }
    if (must_wait(name)) {
        uint64_t now_ns = ring_now_ns(names->ring);
        list_push(&name->waiters, &waiter->link);
        if (has_stale(name, now_ns) && !ring_timer_is_set(&name->patience))
            ring_timer_set(names->ring, &name->patience, now_ns + STALE_AFTER_MS * MS_NS);
        return false;
    }
    fill(name, waiter);
    return true;
}

void name_waiter_forget(struct name_waiter *waiter)
{
    list_remove(&waiter->link);
}

bool names_add_found(struct names *names, text host, struct name_waiter *waiter)
{
    const struct name *name = find(names, host);
    for (size_t i = 0; name && i < name->count; i++) {
        const union net_address *found = &name->addresses[i].address;
        size_t at = 0;
        while (at < waiter->count && !address_equals(&waiter->addresses[at], found))
            at++;
        if (at == waiter->count && at < NAME_MOST_ADDRESSES)
            waiter->addresses[waiter->count++] = *found;
    }
    return name && is_asked(name);
}

static struct name_address *find_known(
    struct names *names, text host, const union net_address *address)
{
    struct name *name = find(names, host);
    const struct name_address *found = name ? find_address(name, address) : NULL;
    return found ? &name->addresses[found - name->addresses] : NULL;
}

void names_address_works(
    struct names *names, text host, const union net_address *address, uint64_t took_ns)
{
    struct name_address *known = find_known(names, host, address);
    uint64_t now_ns = ring_now_ns(names->ring);
    if (!known)
        return;
    if (was_measured(known, now_ns))
        took_ns = (3 * known->took_ns + took_ns) / 4;
    known->took_ns = took_ns ? took_ns : 1;
    known->measured_ns = now_ns;
    known->failures = 0;
    known->is_probed = false;
    known->avoid_until_ns = 0;
}

void names_address_failed(struct names *names, text host, const union net_address *address)
{
    struct name_address *known = find_known(names, host, address);
    uint64_t now_ns = ring_now_ns(names->ring);
    if (!known)
        return;
    if (known->is_probed || known->avoid_until_ns <= now_ns)
        known->failures++;
    known->is_probed = false;
    known->avoid_until_ns = now_ns + avoid_ns(known->failures);
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
    for (size_t i = 0; i < size && name->count < NAME_MOST_ADDRESSES; i++) {
        struct name_address *address = &name->addresses[name->count];
        *address = (struct name_address){0};
        if (address_from(&address->address, (const struct sockaddr *)&addresses[i]))
            name->count++;
    }
    if (name->count == 0)
        name->is_pinned = false;
    return name->count > 0 || size == 0;
}
