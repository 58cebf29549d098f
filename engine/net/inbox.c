/* Design notes
 *
 * A record is opened straight from where the ring put it to where its bytes belong: the owner's
 * memory during a net_stream_receive_into(), the net's scratch memory otherwise. Only a record
 * whose end has not come yet is kept, in the carry.
 *
 * A large transfer receives into 256 KiB of the net's own instead of the ring's buffers, so that
 * few records are cut. It never asks the kernel for more than the transfer must have at least, so
 * that nothing sealed is left when it ends.
 *
 * What comes while the owner wants nothing is held, sealed; it is at most what the kernel had given
 * before the ring stopped receiving.
 */
#include "inbox.h"

#include "carrier.h"
#include "outbox.h"
#include "stream.h"

enum {
    BULK_LEAST = 65536, /* a smaller rest is not worth a buffer */
    BULK_SIZE = 262144,
    HELLO_REQUEST_SIZE = 4,
};

static bool is_wanted(const struct tls_session *session)
{
    const struct net_stream *stream = session->stream;
    return stream->state == STREAM_OPEN && stream->receiving != RECEIVE_NOTHING &&
           !session->has_ended;
}

/* ---- The end ---- */

static void finish_fill(struct tls_session *session, inia_status status)
{
    struct net_stream *stream = session->stream;
    stream->receiving = RECEIVE_NOTHING;
    stream->fill_at = NULL;
    stream->events->filled(stream, stream->fill_done, status);
}

static void tell_end(struct tls_session *session)
{
    struct net_stream *stream = session->stream;
    inia_status status = session->was_closed_in_order ? INIA_OK : INIA_CONNECTION_LOST;
    if (session->end_is_told || stream->state != STREAM_OPEN)
        return;
    if (stream->receiving == RECEIVE_NOTHING)
        return;
    session->end_is_told = true;
    if (stream->receiving == RECEIVE_FILLING) {
        finish_fill(session, status);
        return;
    }
    stream->receiving = RECEIVE_NOTHING;
    stream->events->received(stream, NULL, 0, status);
}

static void end(struct tls_session *session, bool in_order)
{
    if (session->has_ended)
        return;
    session->has_ended = true;
    session->was_closed_in_order = in_order;
    if (session->is_passing)
        carrier_receive_stop(session->stream);
    session->is_passing = false;
}

static void refuse(struct tls_session *session, uint8_t alert)
{
    if (outbox_may_say_more(session)) {
        outbox_add_alert(session, ALERT_LEVEL_FATAL, alert);
        outbox_flush(session);
    }
    session->is_broken = true;
    end(session, false);
}

/* ---- Opened bytes ---- */

static void keep_rest(struct tls_session *session, const uint8_t *bytes, size_t size)
{
    session->plain = parcel_take(&session->net->parcels, size);
    if (!session->plain) {
        end(session, false);
        return;
    }
    parcel_add(session->plain, bytes, size);
}

static void fill_has(struct tls_session *session, size_t size)
{
    struct net_stream *stream = session->stream;
    stream->fill_at += size;
    stream->fill_left -= size;
    stream->fill_done += size;
}

/* The bytes are in the owner's memory as far as they fit, the rest of them in scratch. */
static void data_came(struct tls_session *session, size_t size)
{
    struct net_stream *stream = session->stream;
    outbox_is_answered(session);
    if (size == 0)
        return;
    if (stream->receiving == RECEIVE_PASSING) {
        stream->events->received(stream, session->net->scratch, size, INIA_OK);
        return;
    }
    size_t fits = size < stream->fill_left ? size : stream->fill_left;
    fill_has(session, fits);
    if (size > fits)
        keep_rest(session, session->net->scratch, size - fits);
}

/* What was opened earlier than it was wanted. */
static void use_plain(struct tls_session *session)
{
    struct net_stream *stream = session->stream;
    struct parcel *plain = session->plain;
    text rest = parcel_text(plain);
    if (stream->receiving == RECEIVE_PASSING) {
        session->plain = NULL;
        stream->events->received(stream, rest.data, rest.size, INIA_OK);
        parcel_give(&session->net->parcels, plain);
        return;
    }
    size_t fits = rest.size < stream->fill_left ? rest.size : stream->fill_left;
    memcpy(stream->fill_at, rest.data, fits);
    fill_has(session, fits);
    plain->start += (uint32_t)fits;
    if (plain->start == plain->size) {
        session->plain = NULL;
        parcel_give(&session->net->parcels, plain);
    }
}

/* ---- Records ---- */

static struct gcm_target target_of(const struct tls_session *session)
{
    const struct net_stream *stream = session->stream;
    uint8_t *scratch = session->net->scratch;
    if (stream->receiving == RECEIVE_FILLING)
        return (struct gcm_target){(uint8_t *)stream->fill_at, stream->fill_left, scratch};
    return (struct gcm_target){scratch, SCRATCH_SIZE, scratch};
}

static uint8_t byte_at(const struct gcm_target *target, size_t index)
{
    return index < target->first_size ? target->first[index]
                                      : target->rest[index - target->first_size];
}

static void alert_came(struct tls_session *session, const struct gcm_target *target, size_t size)
{
    if (size != 2) {
        refuse(session, ALERT_UNEXPECTED_MESSAGE);
        return;
    }
    uint8_t level = byte_at(target, 0), code = byte_at(target, 1);
    if (code == ALERT_CLOSE_NOTIFY)
        end(session, true);
    else if (session->read.is_tls13 || level != ALERT_LEVEL_WARNING)
        end(session, false);
}

/* TLS 1.2 has one message left: a server may ask for a new handshake, and need not get it. */
static void handshake_came(
    struct tls_session *session, text record, const struct gcm_target *target, size_t size)
{
    if (session->read.is_tls13) {
        if (!tls_session_control(session, record))
            refuse(session, ALERT_UNEXPECTED_MESSAGE);
        else if (outbox_may_say_more(session))
            outbox_flush(session);
        return;
    }
    bool is_hello_request = session->trust && size == HELLO_REQUEST_SIZE;
    for (size_t i = 0; is_hello_request && i < size; i++)
        is_hello_request = byte_at(target, i) == 0;
    if (!is_hello_request)
        refuse(session, ALERT_UNEXPECTED_MESSAGE);
}

static void open_record(struct tls_session *session, text record)
{
    struct gcm_target target = target_of(session);
    struct record_opened opened;
    if (!record_open(&session->read, record, &target, &opened)) {
        refuse(session, ALERT_BAD_RECORD);
        return;
    }
    switch (opened.type) {
    case RECORD_DATA:
        data_came(session, opened.size);
        break;
    case RECORD_ALERT:
        alert_came(session, &target, opened.size);
        break;
    case RECORD_HANDSHAKE:
        handshake_came(session, record, &target, opened.size);
        break;
    default:
        refuse(session, ALERT_UNEXPECTED_MESSAGE);
    }
}

/* Starts the carry with what may be no more than a part of a header. */
static void carry_start(struct tls_session *session, text bytes, size_t record_size)
{
    size_t size = record_size ? record_size : RECORD_SEALED_MOST;
    session->carry = parcel_take(&session->net->parcels, size);
    if (!session->carry) {
        end(session, false);
        return;
    }
    parcel_add(session->carry, bytes.data, bytes.size);
}

/* Adds what is missing to the record in the carry. Returns how many bytes it took. */
static size_t carry_on(struct tls_session *session, text bytes)
{
    struct parcel *carry = session->carry;
    size_t measured = record_measure(&session->read, parcel_text(carry));
    size_t wanted = measured ? measured : RECORD_HEADER_SIZE;
    size_t missing = wanted - carry->size;
    size_t takes = missing < bytes.size ? missing : bytes.size;
    parcel_add(carry, bytes.data, takes);
    measured = record_measure(&session->read, parcel_text(carry));
    if (measured == SIZE_MAX) {
        refuse(session, ALERT_BAD_RECORD);
    } else if (measured && measured == carry->size) {
        session->carry = NULL;
        open_record(session, parcel_text(carry));
        parcel_give(&session->net->parcels, carry);
    }
    return takes;
}

/* Takes one record, or the part of it that is there. Returns how many bytes it took. */
static size_t take_record(struct tls_session *session, text bytes)
{
    if (session->carry)
        return carry_on(session, bytes);
    size_t size = record_measure(&session->read, bytes);
    if (size == SIZE_MAX) {
        refuse(session, ALERT_BAD_RECORD);
        return bytes.size;
    }
    if (size == 0 || size > bytes.size) {
        carry_start(session, bytes, size);
        return bytes.size;
    }
    open_record(session, text_from(bytes.data, size));
    return size;
}

/* The same with wolfSSL doing the work. Returns how many bytes it took. */
static size_t take_by_library(struct tls_session *session, text bytes)
{
    struct net_stream *stream = session->stream;
    bool fills = stream->receiving == RECEIVE_FILLING;
    size_t most =
        fills && stream->fill_left < RECORD_PLAIN_MOST ? stream->fill_left : RECORD_PLAIN_MOST;
    session->input = bytes;
    int size = wolfSSL_read(
        session->ssl, fills ? (void *)stream->fill_at : session->net->scratch, (int)most);
    size_t taken = bytes.size - session->input.size;
    session->input = (text){NULL, 0};
    tls_session_keep(session);
    if (size > 0) {
        data_came(session, (size_t)size);
        return taken;
    }
    int error = wolfSSL_get_error(session->ssl, size);
    if (error == WOLFSSL_ERROR_ZERO_RETURN) {
        end(session, true);
    } else if (error != WOLFSSL_ERROR_WANT_READ) {
        session->is_broken = true;
        end(session, false);
    }
    return taken;
}

/* ---- Flow ---- */

static void hold(struct tls_session *session, text bytes)
{
    while (bytes.size) {
        struct parcel *last = session->held ? session->held_last : NULL;
        if (!last || parcel_room(last) == 0) {
            struct parcel *more = parcel_take(&session->net->parcels, RECORD_SEALED_MOST);
            if (!more) {
                end(session, false);
                return;
            }
            if (last)
                last->next = more;
            else
                session->held = more;
            session->held_last = last = more;
        }
        size_t fits = parcel_room(last) < bytes.size ? parcel_room(last) : bytes.size;
        parcel_add(last, bytes.data, fits);
        bytes = text_after(bytes, fits);
    }
}

static bool fill_is_done(const struct tls_session *session)
{
    const struct net_stream *stream = session->stream;
    return stream->state == STREAM_OPEN && stream->receiving == RECEIVE_FILLING &&
           stream->fill_left == 0;
}

/* Takes as much as is wanted. Returns how many bytes it took. */
static size_t take(struct tls_session *session, text bytes)
{
    size_t size = bytes.size;
    while (is_wanted(session)) {
        if (session->plain)
            use_plain(session);
        else if (!session->is_own && (bytes.size || wolfSSL_pending(session->ssl) > 0))
            bytes = text_after(bytes, take_by_library(session, bytes));
        else if (bytes.size)
            bytes = text_after(bytes, take_record(session, bytes));
        else
            break;
        if (fill_is_done(session))
            finish_fill(session, INIA_OK);
    }
    return session->has_ended ? size : size - bytes.size;
}

/* What had come before it was wanted. */
static void take_backlog(struct tls_session *session)
{
    (void)take(session, (text){NULL, 0});
    while (session->held && is_wanted(session)) {
        struct parcel *parcel = session->held;
        parcel->start += (uint32_t)take(session, parcel_text(parcel));
        if (parcel->start < parcel->size)
            break;
        session->held = parcel->next;
        parcel_give(&session->net->parcels, parcel);
    }
}

static size_t records_left(size_t plain_size)
{
    return (plain_size + RECORD_PLAIN_MOST - 1) / RECORD_PLAIN_MOST;
}

/* A padded record is longer than it must be. */
static size_t rest_of_record(const struct tls_session *session, const struct parcel *start)
{
    size_t size = record_measure(&session->read, parcel_text(start));
    return size > start->size && size != SIZE_MAX ? size - start->size : 1;
}

/* Asks the kernel for more of a large transfer, behind what is there of the next record. */
static void fill_bulk(struct tls_session *session)
{
    struct parcel *bulk = session->bulk;
    size_t left = session->stream->fill_left;
    size_t least = left + records_left(left) * record_overhead(&session->read);
    size_t room = BULK_SIZE - bulk->size;
    size_t missing = least > bulk->size ? least - bulk->size : rest_of_record(session, bulk);
    session->is_kernel_filling = true;
    session->is_passing = false;
    ring_receive_into(
        &session->stream->socket, bulk->bytes + bulk->size, missing < room ? missing : room,
        RING_FILL_SOME);
}

static bool start_bulk(struct tls_session *session)
{
    if (!session->is_own || session->stream->carrier || session->stream->fill_left < BULK_LEAST)
        return false;
    session->bulk = parcel_take(&session->net->parcels, PARCEL_BULK_SIZE);
    if (!session->bulk)
        return false;
    if (session->carry) {
        text start = parcel_text(session->carry);
        parcel_add(session->bulk, start.data, start.size);
        parcel_give(&session->net->parcels, session->carry);
        session->carry = NULL;
    }
    fill_bulk(session);
    return true;
}

/* What is to happen next, after all that is there has been looked at. */
static void settle(struct tls_session *session)
{
    struct net_stream *stream = session->stream;
    if (stream->state != STREAM_OPEN || session->is_kernel_filling)
        return;
    if (session->socket_ended && !session->held && !session->plain)
        end(session, false);
    if (session->has_ended) {
        tell_end(session);
        return;
    }
    if (session->socket_ended)
        return;
    if (stream->receiving == RECEIVE_NOTHING) {
        if (session->is_passing)
            carrier_receive_stop(stream);
        session->is_passing = false;
        return;
    }
    if (stream->receiving == RECEIVE_FILLING && start_bulk(session))
        return;
    if (!session->is_passing)
        carrier_receive(stream);
    session->is_passing = true;
}

void inbox_received(struct tls_session *session, text bytes)
{
    session->is_busy = true;
    if (bytes.size == 0) {
        session->is_passing = false;
        session->socket_ended = true;
    } else if (!session->has_ended) {
        if (!session->held)
            bytes = text_after(bytes, take(session, bytes));
        hold(session, bytes);
    }
    take_backlog(session);
    session->is_busy = false;
    settle(session);
}

/* Opens the whole records of a large transfer; the start of the next moves to the front. */
static void open_bulk(struct tls_session *session)
{
    struct parcel *bulk = session->bulk;
    text left = parcel_text(bulk);
    while (left.size && is_wanted(session) && session->stream->fill_left) {
        size_t size = record_measure(&session->read, left);
        if (size == SIZE_MAX) {
            refuse(session, ALERT_BAD_RECORD);
            return;
        }
        if (size == 0 || size > left.size)
            break;
        open_record(session, text_from(left.data, size));
        left = text_after(left, size);
    }
    memmove(bulk->bytes, left.data, left.size);
    bulk->size = (uint32_t)left.size;
}

void inbox_filled(struct tls_session *session, size_t size)
{
    struct parcel *bulk = session->bulk;
    session->is_kernel_filling = false;
    session->is_busy = true;
    bulk->size += (uint32_t)size;
    if (size == 0)
        session->socket_ended = true;
    else
        open_bulk(session);
    if (is_wanted(session) && session->stream->fill_left && !session->socket_ended) {
        session->is_busy = false;
        fill_bulk(session);
        return;
    }
    if (!session->has_ended && !session->socket_ended)
        hold(session, parcel_text(bulk));
    session->bulk = NULL;
    parcel_give(&session->net->parcels, bulk);
    if (fill_is_done(session))
        finish_fill(session, INIA_OK);
    take_backlog(session);
    session->is_busy = false;
    settle(session);
}

static bool has_backlog(const struct tls_session *session)
{
    return session->held || session->plain || session->has_ended || session->socket_ended ||
           (!session->is_own && wolfSSL_pending(session->ssl) > 0);
}

void inbox_wants(struct tls_session *session)
{
    if (session->is_busy)
        return;
    if (has_backlog(session))
        stream_put_off(session->stream, STREAM_DUE_INPUT);
    else
        settle(session);
}

void inbox_resume(struct tls_session *session)
{
    session->is_busy = true;
    take_backlog(session);
    session->is_busy = false;
    settle(session);
}

void inbox_clear(struct tls_session *session)
{
    struct parcels *parcels = &session->net->parcels;
    parcel_give(parcels, session->carry);
    parcel_give(parcels, session->plain);
    parcel_give(parcels, session->bulk);
    parcel_give_all(parcels, &session->held);
    session->carry = session->plain = session->bulk = NULL;
}
