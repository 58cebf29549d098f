/* Design notes
 *
 * A quiet send of the owner's stays quiet towards the ring only when it is small and we are the
 * client: the kernel takes a small request at once, so its memory may go as soon as an answer
 * comes. Anything larger, and all a server sends, is reported inside, and the owner does not hear.
 */
#include "outbox.h"

#include "carrier.h"
#include "stream.h"

enum {
    QUIET_MOST = 16384,
    CONTROL_MOST = 16384, /* bytes waiting when there is more of wolfSSL's own */
    BULK_PLAIN = 262144,  /* sealed at once in a large send */
};

static void push(struct tls_session *session, struct parcel *parcel)
{
    parcel->next = NULL;
    if (session->waiting)
        session->waiting_last->next = parcel;
    else
        session->waiting = parcel;
    session->waiting_last = parcel;
}

/* A peer that asks for new keys again and again, and takes no answer, must not fill our memory. */
static bool is_crowded(const struct tls_session *session)
{
    size_t size = 0;
    for (const struct parcel *parcel = session->waiting; parcel; parcel = parcel->next)
        size += parcel->is_control ? parcel->size : 0;
    return size > CONTROL_MOST && session->is_own;
}

bool outbox_add(struct tls_session *session, text bytes)
{
    if (is_crowded(session))
        return false;
    struct parcels *parcels = &session->net->parcels;
    while (bytes.size) {
        struct parcel *last = session->waiting ? session->waiting_last : NULL;
        if (!last || !last->is_control || last->reports || last->bulk || parcel_room(last) == 0) {
            last = parcel_take(
                parcels, bytes.size < RECORD_SEALED_MOST ? bytes.size : RECORD_SEALED_MOST);
            if (!last)
                return false;
            last->is_control = true;
            push(session, last);
        }
        size_t fits = parcel_room(last) < bytes.size ? parcel_room(last) : bytes.size;
        parcel_add(last, bytes.data, fits);
        bytes = text_after(bytes, fits);
    }
    return true;
}

/* ---- Sealing ---- */

static size_t size_of(const struct iovec *pieces, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += pieces[i].iov_len;
    return size;
}

/* Takes up to most bytes off the front of the pieces. Returns how many pieces were made. */
static size_t cut(
    struct iovec *pieces, size_t count, size_t most, struct iovec out[RING_MAX_PIECES])
{
    size_t made = 0;
    for (size_t i = 0; i < count && most; i++) {
        size_t size = pieces[i].iov_len < most ? pieces[i].iov_len : most;
        if (size == 0)
            continue;
        out[made++] = (struct iovec){pieces[i].iov_base, size};
        pieces[i].iov_base = (char *)pieces[i].iov_base + size;
        pieces[i].iov_len -= size;
        most -= size;
    }
    return made;
}

static bool seal_own(
    struct tls_session *session, struct iovec *pieces, size_t count, size_t size,
    struct parcel *parcel)
{
    while (size) {
        struct iovec part[RING_MAX_PIECES];
        size_t part_size = size < RECORD_PLAIN_MOST ? size : RECORD_PLAIN_MOST;
        size_t part_count = cut(pieces, count, part_size, part);
        uint8_t *out = (uint8_t *)parcel->bytes + parcel->size;
        size_t sealed = record_seal(&session->write, RECORD_DATA, part, part_count, out);
        if (!sealed)
            return false;
        parcel->size += (uint32_t)sealed;
        size -= part_size;
    }
    return true;
}

/* wolfSSL seals by itself: its callback calls outbox_add(). */
static bool seal_by_library(
    struct tls_session *session, struct iovec *pieces, size_t count, size_t size)
{
    while (size) {
        struct iovec part[RING_MAX_PIECES];
        size_t part_size = size < RECORD_PLAIN_MOST ? size : RECORD_PLAIN_MOST;
        size_t part_count = cut(pieces, count, part_size, part);
        uint8_t *gathered = session->net->gathered;
        size_t used = 0;
        for (size_t i = 0; i < part_count; i++) {
            memcpy(gathered + used, part[i].iov_base, part[i].iov_len);
            used += part[i].iov_len;
        }
        if (wolfSSL_write(session->ssl, gathered, (int)used) != (int)used)
            return false;
        size -= part_size;
    }
    return true;
}

static bool seal(
    struct tls_session *session, struct iovec *pieces, size_t count, size_t size, bool reports,
    bool is_bulk)
{
    struct parcels *parcels = &session->net->parcels;
    if (!session->is_own) {
        if (!seal_by_library(session, pieces, count, size))
            return false;
        if (session->waiting) {
            session->waiting_last->reports = reports;
            session->waiting_last->bulk = is_bulk;
        }
        return true;
    }
    if (tls_session_is_worn(session) && !tls_session_renew(session))
        return false;
    size_t sealed_size = records_size(&session->write, size);
    struct parcel *parcel = parcel_take(parcels, sealed_size ? sealed_size : 1);
    if (!parcel)
        return false;
    parcel->reports = reports;
    parcel->bulk = is_bulk;
    if (!seal_own(session, pieces, count, size, parcel)) {
        parcel_give(parcels, parcel);
        session->is_broken = true;
        return false;
    }
    push(session, parcel);
    return true;
}

/* The next part of a large send; smaller when memory is short. */
static bool seal_more(struct tls_session *session)
{
    size_t left = size_of(session->source, session->source_count);
    for (size_t most = BULK_PLAIN; most >= RECORD_PLAIN_MOST; most /= 4) {
        size_t size = left < most ? left : most;
        bool is_last = size == left;
        if (seal(session, session->source, session->source_count, size, is_last, !is_last)) {
            if (is_last)
                session->source_count = 0;
            return true;
        }
        if (!session->is_own || session->is_broken)
            return false;
    }
    return false;
}

/* ---- Sending ---- */

static bool may_be_quiet(const struct tls_session *session, const struct parcel *first)
{
    size_t size = 0;
    for (const struct parcel *parcel = first; parcel; parcel = parcel->next) {
        if (parcel->reports || parcel->bulk)
            return false;
        size += parcel->size;
    }
    return session->trust && session->stream->state == STREAM_OPEN && size <= QUIET_MOST;
}

/* Only what the owner sends is answered: anything else must be reported, lest it stays for ever. */
static void flush(struct tls_session *session, bool is_owners)
{
    if (session->on_way || !session->waiting)
        return;
    struct iovec pieces[RING_MAX_PIECES];
    size_t count = 0;
    struct parcel *last = NULL;
    session->on_way = session->waiting;
    while (session->waiting && count < RING_MAX_PIECES) {
        last = session->waiting;
        pieces[count++] = (struct iovec){last->bytes, last->size};
        session->waiting = last->next;
    }
    last->next = NULL;
    session->is_on_way_quietly = is_owners && may_be_quiet(session, session->on_way);
    carrier_send(
        session->stream, pieces, count,
        session->is_on_way_quietly ? RING_SEND_QUIET : RING_SEND_REPORT);
}

void outbox_flush(struct tls_session *session)
{
    flush(session, false);
}

static void forget_answered(struct tls_session *session)
{
    if (session->is_on_way_quietly)
        parcel_give_all(&session->net->parcels, &session->on_way);
    session->is_on_way_quietly = false;
}

void outbox_is_answered(struct tls_session *session)
{
    forget_answered(session);
    flush(session, false);
}

/* ---- The owner's bytes ---- */

bool outbox_send(
    struct tls_session *session, const struct iovec *pieces, size_t count, uint32_t flags)
{
    size_t size = size_of(pieces, count);
    bool is_quiet = flags & RING_SEND_QUIET;
    check(count <= RING_MAX_PIECES && session->source_count == 0);
    check(size <= NET_SEAL_AT_ONCE || !is_quiet);
    memcpy(session->source, pieces, count * sizeof *pieces);
    if (session->is_broken)
        return false;
    forget_answered(session); /* the owner would not send again before */
    bool is_sealed;
    if (size > NET_SEAL_AT_ONCE) {
        session->source_count = count;
        is_sealed = seal_more(session);
    } else {
        is_sealed = seal(session, session->source, count, size, !is_quiet, false);
    }
    if (!is_sealed)
        session->is_broken = true;
    flush(session, true);
    return is_sealed;
}

void outbox_add_alert(struct tls_session *session, uint8_t level, uint8_t code)
{
    uint8_t alert[2] = {level, code};
    struct iovec piece = {alert, sizeof alert};
    if (!session->is_own || session->is_broken)
        return;
    struct parcel *parcel =
        parcel_take(&session->net->parcels, sizeof alert + record_overhead(&session->write));
    if (!parcel)
        return;
    parcel->size =
        (uint32_t)record_seal(&session->write, RECORD_ALERT, &piece, 1, (uint8_t *)parcel->bytes);
    push(session, parcel);
}

bool outbox_may_say_more(const struct tls_session *session)
{
    if (session->is_on_way_quietly || session->source_count)
        return false;
    for (const struct parcel *parcel = session->on_way; parcel; parcel = parcel->next)
        if (parcel->reports)
            return false;
    return true;
}

struct outbox_result outbox_sent(struct tls_session *session, int error)
{
    struct outbox_result result = {.failed = error != 0};
    for (struct parcel *parcel = session->on_way; parcel; parcel = parcel->next)
        result.reports |= parcel->reports;
    parcel_give_all(&session->net->parcels, &session->on_way);
    session->is_on_way_quietly = false;
    if (!error && session->source_count && !session->waiting)
        result.failed = !seal_more(session);
    if (result.failed) {
        session->is_broken = true;
        return result;
    }
    outbox_flush(session);
    return result;
}

void outbox_clear(struct tls_session *session)
{
    parcel_give_all(&session->net->parcels, &session->on_way);
    parcel_give_all(&session->net->parcels, &session->waiting);
    session->source_count = 0;
}
