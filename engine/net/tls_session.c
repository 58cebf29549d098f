/* Design notes
 *
 * wolfSSL reads and writes memory through two callbacks. It never reads more than the record it
 * works on, so that after the handshake whatever came behind is still ours. From then on the
 * sequence numbers are counted here; before wolfSSL is given a record (a session ticket, a new
 * key) they are set inside it, and afterwards keys and numbers are taken out again.
 */
#include "tls_session.h"

#include "inbox.h"
#include "outbox.h"
#include "peer_certificate.h"
#include "tls_error.h"

#include <stdio.h>

#include <wolfssl/internal.h>

/* Whose handshake wolfSSL works on: one of its callbacks is not told. */
static _Thread_local struct tls_session *at_work;

static int library_reads(WOLFSSL *ssl, char *out, int size, void *arg)
{
    struct tls_session *session = arg;
    size_t fits = (size_t)size < session->input.size ? (size_t)size : session->input.size;
    (void)ssl;
    if (fits == 0)
        return WOLFSSL_CBIO_ERR_WANT_READ;
    memcpy(out, session->input.data, fits);
    session->input = text_after(session->input, fits);
    return (int)fits;
}

static int library_writes(WOLFSSL *ssl, char *bytes, int size, void *arg)
{
    (void)ssl;
    if (!outbox_add(arg, text_from(bytes, (size_t)size)))
        return WOLFSSL_CBIO_ERR_GENERAL;
    return size;
}

void tls_session_prepare(WOLFSSL_CTX *context)
{
    wolfSSL_CTX_SetIORecv(context, library_reads);
    wolfSSL_CTX_SetIOSend(context, library_writes);
}

static void describe(struct tls_session *session, int error, text der)
{
    if (session->detail && !session->detail[0])
        tls_error_of_certificate(error, der, session->host, session->detail, TLS_DETAIL_SIZE);
}

/* Called of every certificate of the chain, good or not; the peer's own is the last. */
static int certificate_is_checked(int is_good, WOLFSSL_X509_STORE_CTX *store)
{
    struct tls_session *session = at_work;
    int depth = store->error_depth;
    if (!session || depth < 0 || depth >= store->totalCerts)
        return 0;
    text der = text_from(store->certs[depth].buffer, store->certs[depth].length);
    if (!is_good) {
        describe(session, store->error, der);
        return 0;
    }
    struct peer_certificate certificate;
    if (depth > 0)
        return 1;
    if (peer_certificate_read(&certificate, der) &&
        peer_certificate_is_for(&certificate, session->host)) {
        session->is_verified = true;
        return 1;
    }
    describe(session, 0, der);
    return 0;
}

void tls_session_verify(WOLFSSL_CTX *context)
{
    /* The first is called of good certificates too, the second keeps the handshake from ending
     * before the first has been called of a bad one. */
    wolfSSL_CertManagerSetVerify(wolfSSL_CTX_GetCertManager(context), certificate_is_checked);
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER, certificate_is_checked);
}

/* ---- Its life ---- */

static struct tls_session *session_new(struct net_stream *stream, WOLFSSL_CTX *context)
{
    struct net *net = stream->net;
    if (!budget_claim(net->memory, TLS_SESSION_COST))
        return NULL;
    struct tls_session *session = slab_take(&net->sessions);
    if (!session) {
        budget_return(net->memory, TLS_SESSION_COST);
        return NULL;
    }
    memset(session, 0, sizeof *session);
    session->stream = stream;
    session->net = net;
    session->ssl = wolfSSL_new(context);
    if (!session->ssl) {
        budget_return(net->memory, TLS_SESSION_COST);
        slab_give(&net->sessions, session);
        return NULL;
    }
    wolfSSL_SetIOReadCtx(session->ssl, session);
    wolfSSL_SetIOWriteCtx(session->ssl, session);
    return session;
}

static bool keep_host(struct tls_session *session, text host)
{
    char *copy = budget_alloc(session->net->memory, host.size);
    if (!copy)
        return false;
    memcpy(copy, host.data, host.size);
    session->host = text_from(copy, host.size);
    return true;
}

static struct resumption_key key_of(const struct tls_session *session)
{
    return (struct resumption_key){session->trust, session->port, session->host};
}

/*
 * A key for each group costs a good part of a handshake. Two are sent to a server that is met for
 * the first time; later on, that of the group it had chosen.
 */
static bool offer_keys(WOLFSSL *ssl, const WOLFSSL_SESSION *known)
{
    static const word16 groups[] = {
        WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_SECP384R1};
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        bool was_chosen = known && known->namedGroup == groups[i];
        bool is_offered = known && known->namedGroup ? was_chosen : i < 2;
        if (wolfSSL_UseSupportedCurve(ssl, groups[i]) != WOLFSSL_SUCCESS)
            return false;
        if (is_offered && wolfSSL_UseKeyShare(ssl, groups[i]) != WOLFSSL_SUCCESS)
            return false;
    }
    return true;
}

static bool set_up_client(struct tls_session *session)
{
    WOLFSSL *ssl = session->ssl;
    text host = session->host;
    union net_address address;
    char protocol[] = "http/1.1";
    bool is_name = !address_parse(&address, host);
    struct resumption_key key = key_of(session);
    WOLFSSL_SESSION *known = resumption_find(&session->net->resumptions, &key);
    if (is_name &&
        wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, host.data, (unsigned short)host.size) !=
            WOLFSSL_SUCCESS)
        return false;
    if (wolfSSL_UseALPN(ssl, protocol, sizeof protocol - 1, WOLFSSL_ALPN_CONTINUE_ON_MISMATCH) !=
            WOLFSSL_SUCCESS ||
        !offer_keys(ssl, known) || wolfSSL_UseSessionTicket(ssl) != WOLFSSL_SUCCESS)
        return false;
    if (known)
        (void)wolfSSL_set_session(ssl, known); /* refused when it has expired: a full handshake */
    return true;
}

struct tls_session *tls_session_to(
    struct net_stream *stream, struct net_trust *trust, text host, uint16_t port)
{
    struct tls_session *session = session_new(stream, trust->context);
    if (!session)
        return NULL;
    session->trust = net_trust_hold(trust);
    session->port = port;
    if (keep_host(session, host) && set_up_client(session))
        return session;
    tls_session_free(session);
    return NULL;
}

struct tls_session *tls_session_from(struct net_stream *stream, struct net_identity *identity)
{
    char protocol[] = "http/1.1";
    struct tls_session *session = session_new(stream, identity->context);
    if (!session)
        return NULL;
    session->identity = net_identity_hold(identity);
    (void)wolfSSL_UseALPN(
        session->ssl, protocol, sizeof protocol - 1, WOLFSSL_ALPN_CONTINUE_ON_MISMATCH);
    return session;
}

void tls_session_free(struct tls_session *session)
{
    struct net *net = session->net;
    outbox_clear(session);
    inbox_clear(session);
    wolfSSL_free(session->ssl);
    gcm_key_clear(&session->read.gcm);
    gcm_key_clear(&session->write.gcm);
    budget_free(net->memory, (char *)(uintptr_t)session->host.data, session->host.size);
    net_trust_free(session->trust);
    net_identity_free(session->identity);
    budget_return(net->memory, TLS_SESSION_COST);
    slab_give(&net->sessions, session);
}

/* ---- Keys ---- */

static bool take_key(
    struct tls_session *session, struct record_key *key, const uint8_t *bytes, const uint8_t *base,
    uint64_t sequence)
{
    size_t size = (size_t)wolfSSL_GetKeySize(session->ssl);
    key->is_tls13 = session->ssl->options.tls1_3;
    key->sequence = sequence;
    memcpy(key->base, base, key->is_tls13 ? GCM_NONCE_SIZE : AESGCM_IMP_IV_SZ);
    return gcm_key_set(&key->gcm, session->net->gcm, bytes, size);
}

static uint64_t whole(uint32_t high, uint32_t low)
{
    return (uint64_t)high << 32 | low;
}

static bool take_keys(struct tls_session *session)
{
    const Keys *keys = &session->ssl->keys;
    uint64_t writes = whole(keys->sequence_number_hi, keys->sequence_number_lo);
    uint64_t reads = whole(keys->peer_sequence_number_hi, keys->peer_sequence_number_lo);
    bool is_client = session->trust != NULL;
    return take_key(
               session, is_client ? &session->write : &session->read, keys->client_write_key,
               keys->client_write_IV, is_client ? writes : reads) &&
           take_key(
               session, is_client ? &session->read : &session->write, keys->server_write_key,
               keys->server_write_IV, is_client ? reads : writes);
}

static void give_numbers(struct tls_session *session)
{
    Keys *keys = &session->ssl->keys;
    keys->sequence_number_hi = (word32)(session->write.sequence >> 32);
    keys->sequence_number_lo = (word32)session->write.sequence;
    keys->peer_sequence_number_hi = (word32)(session->read.sequence >> 32);
    keys->peer_sequence_number_lo = (word32)session->read.sequence;
}

/* ---- The handshake ---- */

void tls_session_describe(const struct tls_session *session, struct buffer *out)
{
    buffer_add_format(
        out, "%s, %s%s", wolfSSL_get_version(session->ssl), wolfSSL_get_cipher(session->ssl),
        wolfSSL_session_reused(session->ssl) ? ", a session resumed" : "");
}

static enum tls_progress shaken(struct tls_session *session)
{
    bool is_resumed = wolfSSL_session_reused(session->ssl);
    bool is_believed = !session->trust || !session->trust->verifies || is_resumed;
    if (!is_believed && !session->is_verified) {
        snprintf(session->detail, TLS_DETAIL_SIZE, "the peer has shown no certificate");
        return TLS_FAILED;
    }
    if (session->ssl->specs.bulk_cipher_algorithm == wolfssl_aes_gcm) {
        if (!take_keys(session))
            return TLS_FAILED;
        session->is_own = true;
    }
    if (is_resumed)
        session->net->counters.resumptions++;
    session->net->counters.handshakes++;
    if (!session->ssl->options.tls1_3)
        tls_session_keep(session);
    return TLS_STANDS;
}

/* A record of a handshake, or the peer's refusal of one. */
static bool looks_like_tls(text bytes)
{
    uint8_t type = bytes.size ? (uint8_t)bytes.data[0] : RECORD_HANDSHAKE;
    uint8_t major = bytes.size > 1 ? (uint8_t)bytes.data[1] : 3;
    return major == 3 && (type == RECORD_HANDSHAKE || type == RECORD_ALERT);
}

enum tls_progress tls_session_shake(struct tls_session *session, text bytes)
{
    bool is_first = bytes.size && !session->has_input;
    session->has_input |= bytes.size > 0;
    if (is_first && !looks_like_tls(bytes)) {
        snprintf(session->detail, TLS_DETAIL_SIZE, "the peer does not speak TLS");
        return TLS_FAILED;
    }
    session->input = bytes;
    at_work = session;
    int result = session->trust ? wolfSSL_connect(session->ssl) : wolfSSL_accept(session->ssl);
    at_work = NULL;
    if (result == WOLFSSL_SUCCESS)
        return shaken(session);
    int error = wolfSSL_get_error(session->ssl, result);
    if (error == WOLFSSL_ERROR_WANT_READ)
        return TLS_WANTS_MORE;
    /* Should that be why: the next time it is done in full. */
    struct resumption_key key = key_of(session);
    if (session->trust)
        resumption_forget(&session->net->resumptions, &key);
    if (!session->detail[0])
        tls_error_of_handshake(
            session->ssl, error, session->trust ? session->trust->minimum_version : 12,
            session->detail, TLS_DETAIL_SIZE);
    return TLS_FAILED;
}

/* ---- Afterwards ---- */

bool tls_session_control(struct tls_session *session, text record)
{
    char nothing[1];
    give_numbers(session);
    session->input = record;
    int result = wolfSSL_read(session->ssl, nothing, sizeof nothing);
    bool is_taken = session->input.size == 0;
    session->input = (text){NULL, 0};
    if (result > 0 || !is_taken ||
        wolfSSL_get_error(session->ssl, result) != WOLFSSL_ERROR_WANT_READ)
        return false;
    tls_session_keep(session);
    return take_keys(session);
}

bool tls_session_renew(struct tls_session *session)
{
    give_numbers(session);
    return wolfSSL_update_keys(session->ssl) == WOLFSSL_SUCCESS && take_keys(session);
}

void tls_session_keep(struct tls_session *session)
{
    if (!session->trust || session->is_kept)
        return;
    if (session->ssl->options.tls1_3 && session->ssl->session->ticketLen == 0)
        return;
    WOLFSSL_SESSION *known = wolfSSL_get1_session(session->ssl);
    if (!known)
        return;
    struct resumption_key key = key_of(session);
    resumption_keep(&session->net->resumptions, &key, known);
    session->is_kept = true;
}
