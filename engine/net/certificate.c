#include "address.h"
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <wolfssl/options.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

enum {
    DER_SIZE = 4096,
    PEM_SIZE = 8192,
    KEY_BYTES = 32, /* P-256 */
    MOST_NAMES = 64,
    TAG_UTC_TIME = 0x17,
    TAG_TIME = 0x18,
    TAG_SEQUENCE = 0x30,
    TAG_DNS_NAME = 0x82,
    TAG_IP_ADDRESS = 0x87,
};

#define HOUR_S 3600
#define YEAR_S (INT64_C(365) * 24 * HOUR_S)

static const char *const default_names[] = {"localhost", "127.0.0.1", "::1"};

/* An authority or a leaf: its key, and its certificate once that is made. */
struct party {
    ecc_key key;
    bool has_key;
    size_t der_size;
    uint8_t der[DER_SIZE];
};

struct making {
    const struct net_certificate_config *config;
    inia_error *error;
    WC_RNG random;
    struct party authority, leaf;
    uint8_t der[DER_SIZE];
    char pem[PEM_SIZE];
    char path[PATH_MAX];
};

static inia_status broken(struct making *making, const char *what)
{
    return error_set(making->error, INIA_NO_MEMORY, "making a certificate: %s failed", what);
}

/* ---- Files ---- */

static const char *path_of(struct making *making, const char *name)
{
    snprintf(making->path, sizeof making->path, "%s/%s", making->config->folder, name);
    return making->path;
}

static inia_status complain(struct making *making, const char *path)
{
    return error_set(making->error, INIA_BAD_CONFIG, "%s: %s", path, strerror(errno));
}

static inia_status write_file(
    struct making *making, const char *name, mode_t mode, const char *bytes, size_t size)
{
    const char *path = path_of(making, name);
    (void)unlink(path); /* so that an older file's mode does not stay */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return complain(making, path);
    ssize_t written = write(fd, bytes, size);
    int closed = close(fd);
    if (written != (ssize_t)size || closed != 0)
        return complain(making, path);
    return INIA_OK;
}

/* Up to PEM_SIZE - 1 bytes into making->pem; -1 if there is no such file. */
static int read_file(struct making *making, const char *name)
{
    int fd = open(path_of(making, name), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t size = read(fd, making->pem, sizeof making->pem - 1);
    close(fd);
    if (size < 0)
        return -1;
    making->pem[size] = 0;
    return (int)size;
}

static int to_pem(struct making *making, const uint8_t *der, size_t size, int type, size_t at)
{
    return wc_DerToPem(
        der, (word32)size, (byte *)making->pem + at, (word32)(sizeof making->pem - at), type);
}

static inia_status write_key(struct making *making, const char *name, struct party *party)
{
    int size = wc_EccKeyToDer(&party->key, making->der, sizeof making->der);
    int pem_size = size > 0 ? to_pem(making, making->der, (size_t)size, ECC_PRIVATEKEY_TYPE, 0) : 0;
    memory_wipe(making->der, sizeof making->der);
    if (pem_size <= 0)
        return broken(making, "encoding a key");
    inia_status status = write_file(making, name, 0600, making->pem, (size_t)pem_size);
    memory_wipe(making->pem, sizeof making->pem);
    return status;
}

/* The issuer, if there is one, follows in the same file. */
static inia_status write_certificates(
    struct making *making, const char *name, const struct party *party, const struct party *issuer)
{
    int size = to_pem(making, party->der, party->der_size, CERT_TYPE, 0);
    if (size <= 0)
        return broken(making, "encoding a certificate");
    if (issuer) {
        int more = to_pem(making, issuer->der, issuer->der_size, CERT_TYPE, (size_t)size);
        if (more <= 0)
            return broken(making, "encoding a certificate");
        size += more;
    }
    return write_file(making, name, 0644, making->pem, (size_t)size);
}

/* ---- What is in a certificate ---- */

static int encode_time(int64_t unix_s, byte *out)
{
    struct tm parts;
    time_t time = (time_t)unix_s;
    if (!gmtime_r(&time, &parts))
        return 0;
    int year = parts.tm_year + 1900;
    bool is_short = year >= 1950 && year < 2050;
    int size = snprintf(
        (char *)out + 2, CTC_DATE_SIZE - 2, "%0*d%02d%02d%02d%02d%02dZ", is_short ? 2 : 4,
        is_short ? year % 100 : year, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
        parts.tm_sec);
    out[0] = is_short ? TAG_UTC_TIME : TAG_TIME;
    out[1] = (byte)size;
    return size + 2;
}

static void set_validity(Cert *cert, int64_t not_before, int64_t not_after)
{
    cert->beforeDateSz = encode_time(not_before, cert->beforeDate);
    cert->afterDateSz = encode_time(not_after, cert->afterDate);
}

/* Adds one alternative name. Returns the new size, or 0 if there is no room. */
static size_t add_name(uint8_t *out, size_t used, size_t most, const char *name)
{
    union net_address address;
    bool is_address = address_parse(&address, text_of(name));
    text value = is_address ? address_bytes(&address) : text_of(name);
    if (value.size == 0 || value.size > 127 || used + value.size + 2 > most)
        return 0;
    out[used++] = is_address ? TAG_IP_ADDRESS : TAG_DNS_NAME;
    out[used++] = (uint8_t)value.size;
    memcpy(out + used, value.data, value.size);
    return used + value.size;
}

/* The tag and the size in the fewest bytes, as DER demands. Returns how many. */
static size_t encode_header(uint8_t *out, uint8_t tag, size_t size)
{
    size_t used = 0;
    out[used++] = tag;
    if (size > 255)
        out[used++] = 0x82;
    else if (size > 127)
        out[used++] = 0x81;
    if (size > 255)
        out[used++] = (uint8_t)(size >> 8);
    out[used++] = (uint8_t)size;
    return used;
}

static inia_status set_names(
    struct making *making, Cert *cert, const char *const *names, size_t count)
{
    size_t used = 0, most = DER_SIZE / 2;
    if (count > MOST_NAMES)
        return error_set(
            making->error, INIA_BAD_CONFIG, "a certificate is for at most %d names", MOST_NAMES);
    for (size_t i = 0; i < count; i++) {
        used = add_name(making->der, used, most, names[i]);
        if (used == 0)
            return error_set(
                making->error, INIA_BAD_CONFIG, "\"%s\" cannot be in a certificate", names[i]);
    }
    size_t header = encode_header(cert->altNames, TAG_SEQUENCE, used);
    memcpy(cert->altNames + header, making->der, used);
    cert->altNamesSz = (int)(header + used);
    return INIA_OK;
}

static inia_status make_key(struct making *making, struct party *party)
{
    if (wc_ecc_init(&party->key) != 0)
        return broken(making, "a key");
    party->has_key = true;
    if (wc_ecc_make_key(&making->random, KEY_BYTES, &party->key) != 0)
        return broken(making, "a key");
    return INIA_OK;
}

static inia_status sign(
    struct making *making, Cert *cert, struct party *party, struct party *issuer)
{
    int size = wc_MakeCert(cert, party->der, sizeof party->der, NULL, &party->key, &making->random);
    if (size > 0)
        size = wc_SignCert(
            cert->bodySz, CTC_SHA256wECDSA, party->der, sizeof party->der, NULL, &issuer->key,
            &making->random);
    if (size <= 0)
        return broken(making, "signing");
    party->der_size = (size_t)size;
    return INIA_OK;
}

static void set_common(Cert *cert, const char *name)
{
    cert->sigType = CTC_SHA256wECDSA;
    snprintf(cert->subject.commonName, sizeof cert->subject.commonName, "%s", name);
    snprintf(cert->subject.org, sizeof cert->subject.org, "inia");
}

/* ---- The authority ---- */

static bool load_authority(struct making *making)
{
    struct party *authority = &making->authority;
    word32 at = 0;
    int size = read_file(making, "ca.pem");
    if (size <= 0)
        return false;
    int der_size =
        wc_CertPemToDer((byte *)making->pem, size, authority->der, sizeof authority->der, CA_TYPE);
    if (der_size <= 0)
        return false;
    authority->der_size = (size_t)der_size;
    size = read_file(making, "ca-key.pem");
    if (size <= 0 || wc_ecc_init(&authority->key) != 0)
        return false;
    authority->has_key = true;
    der_size = wc_KeyPemToDer((byte *)making->pem, size, making->der, sizeof making->der, NULL);
    bool is_usable = der_size > 0 && wc_EccPrivateKeyDecode(
                                         making->der, &at, &authority->key, (word32)der_size) == 0;
    memory_wipe(making->pem, sizeof making->pem);
    memory_wipe(making->der, sizeof making->der);
    if (!is_usable) {
        wc_ecc_free(&authority->key);
        authority->has_key = false;
    }
    return is_usable;
}

static inia_status make_authority(struct making *making, Cert *cert)
{
    struct party *authority = &making->authority;
    uint8_t number[4];
    char name[48];
    inia_status status = make_key(making, authority);
    if (status != INIA_OK)
        return status;
    if (wc_RNG_GenerateBlock(&making->random, number, sizeof number) != 0)
        return broken(making, "randomness");
    /* Two authorities of one name would be taken for each other. */
    snprintf(
        name, sizeof name, "inia local authority %02x%02x%02x%02x", number[0], number[1], number[2],
        number[3]);
    set_common(cert, name);
    set_validity(cert, time(NULL) - 24 * HOUR_S, time(NULL) + 20 * YEAR_S);
    cert->isCA = 1;
    if (wc_SetSubjectKeyIdFromPublicKey_ex(cert, ECC_TYPE, &authority->key) != 0 ||
        wc_SetKeyUsage(cert, "keyCertSign,cRLSign") != 0)
        return broken(making, "describing the authority");
    status = sign(making, cert, authority, authority);
    if (status == INIA_OK)
        status = write_key(making, "ca-key.pem", authority);
    if (status == INIA_OK)
        status = write_certificates(making, "ca.pem", authority, NULL);
    return status;
}

/* ---- The leaf ---- */

static inia_status describe_leaf(struct making *making, Cert *cert)
{
    const struct net_certificate_config *config = making->config;
    const char *const *names = config->name_count ? config->names : default_names;
    size_t count = config->name_count ? config->name_count : COUNT_OF(default_names);
    struct party *authority = &making->authority;
    set_common(cert, names[0]);
    set_validity(
        cert, config->not_before ? config->not_before : time(NULL) - HOUR_S,
        config->not_after ? config->not_after : time(NULL) + 10 * YEAR_S);
    inia_status status = set_names(making, cert, names, count);
    if (status != INIA_OK)
        return status;
    int result = wc_SetSubjectKeyIdFromPublicKey_ex(cert, ECC_TYPE, &making->leaf.key);
    if (result == 0)
        result = wc_SetKeyUsage(cert, "digitalSignature");
    if (result == 0)
        result = wc_SetExtKeyUsage(cert, "serverAuth,clientAuth");
    if (result == 0 && !config->self_signed)
        result = wc_SetIssuerBuffer(cert, authority->der, (int)authority->der_size);
    if (result == 0 && !config->self_signed)
        result = wc_SetAuthKeyIdFromCert(cert, authority->der, (int)authority->der_size);
    return result == 0 ? INIA_OK : broken(making, "describing the certificate");
}

static inia_status make_leaf(struct making *making, Cert *cert)
{
    struct party *issuer = making->config->self_signed ? &making->leaf : &making->authority;
    inia_status status = make_key(making, &making->leaf);
    if (status == INIA_OK)
        status = describe_leaf(making, cert);
    if (status == INIA_OK)
        status = sign(making, cert, &making->leaf, issuer);
    if (status == INIA_OK)
        status = write_key(making, "key.pem", &making->leaf);
    if (status == INIA_OK)
        status = write_certificates(
            making, "certificate.pem", &making->leaf, issuer == &making->leaf ? NULL : issuer);
    return status;
}

/* ---- All of it ---- */

static inia_status with_certificate(
    struct making *making, inia_status (*make)(struct making *, Cert *))
{
    Cert *cert = wc_CertNew(NULL);
    if (!cert)
        return broken(making, "a certificate");
    inia_status status = make(making, cert);
    wc_CertFree(cert);
    return status;
}

static inia_status make_all(struct making *making)
{
    inia_status status = INIA_OK;
    if (!making->config->self_signed && !load_authority(making))
        status = with_certificate(making, make_authority);
    if (status == INIA_OK)
        status = with_certificate(making, make_leaf);
    return status;
}

inia_status net_certificate_make(const struct net_certificate_config *config, inia_error *error)
{
    struct making *making = calloc(1, sizeof *making);
    if (!making)
        return error_set(error, INIA_NO_MEMORY, "no memory to make a certificate");
    making->config = config;
    making->error = error;
    inia_status status;
    if (wolfSSL_Init() != WOLFSSL_SUCCESS || wc_InitRng(&making->random) != 0) {
        status = broken(making, "randomness");
    } else {
        status = make_all(making);
        wc_FreeRng(&making->random);
    }
    if (making->authority.has_key)
        wc_ecc_free(&making->authority.key);
    if (making->leaf.has_key)
        wc_ecc_free(&making->leaf.key);
    wolfSSL_Cleanup();
    memory_wipe(making, sizeof *making);
    free(making);
    return status;
}
