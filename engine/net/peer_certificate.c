#include "peer_certificate.h"

#include <stdio.h>

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_OCTETS = 0x04,
    DER_OBJECT = 0x06,
    DER_UTC_TIME = 0x17,
    DER_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_VERSION = 0xA0,    /* [0] of a certificate */
    DER_EXTENSIONS = 0xA3, /* [3] of a certificate */
    DER_DNS_NAME = 0x82,   /* [2] of a general name */
    DER_IP_ADDRESS = 0x87, /* [7] of a general name */
    NAMES_SHOWN = 4,
};

static const text object_common_name = TEXT_INIT("\x55\x04\x03");
static const text object_alternative_names = TEXT_INIT("\x55\x1D\x11");

static size_t der_size(struct cursor *cursor)
{
    size_t first = cursor_u8(cursor);
    if (first < 0x80)
        return first;
    if (first == 0x81)
        return cursor_u8(cursor);
    if (first == 0x82)
        return cursor_u16(cursor);
    cursor->failed = true; /* certificates are smaller than that */
    return 0;
}

/* The next element, whatever it is. */
static text der_any(struct cursor *cursor, uint8_t *tag)
{
    *tag = cursor_u8(cursor);
    size_t size = der_size(cursor);
    return cursor_take(cursor, cursor->failed ? 0 : size);
}

static text der_take(struct cursor *cursor, uint8_t expected)
{
    uint8_t tag;
    text content = der_any(cursor, &tag);
    if (tag != expected)
        cursor->failed = true;
    return content;
}

static struct cursor der_enter(struct cursor *cursor, uint8_t expected)
{
    return cursor_of(der_take(cursor, expected));
}

static bool der_skip_if(struct cursor *cursor, uint8_t tag)
{
    if (cursor_peek(cursor) != tag)
        return false;
    der_take(cursor, tag);
    return true;
}

static text read_common_name(struct cursor name)
{
    text found = {NULL, 0};
    while (cursor_ok(&name) && !cursor_is_done(&name)) {
        struct cursor set = der_enter(&name, DER_SET);
        while (cursor_ok(&set) && !cursor_is_done(&set)) {
            uint8_t tag;
            struct cursor pair = der_enter(&set, DER_SEQUENCE);
            text object = der_take(&pair, DER_OBJECT);
            text value = der_any(&pair, &tag);
            if (cursor_ok(&pair) && text_equals(object, object_common_name))
                found = value;
        }
    }
    return found;
}

/* YYMMDD... until 2049, YYYYMMDD... from then on. */
static void read_date(struct cursor *validity, char out[DATE_TEXT_SIZE])
{
    uint8_t tag;
    text time = der_any(validity, &tag);
    size_t year_digits = tag == DER_UTC_TIME ? 2 : 4;
    memset(out, 0, DATE_TEXT_SIZE);
    if ((tag != DER_UTC_TIME && tag != DER_TIME) || time.size < year_digits + 4) {
        validity->failed = true;
        return;
    }
    for (size_t i = 0; i < year_digits + 4; i++)
        if (time.data[i] < '0' || time.data[i] > '9') {
            validity->failed = true;
            return;
        }
    const char *digits = time.data;
    if (tag == DER_UTC_TIME)
        memcpy(out, digits[0] >= '5' ? "19" : "20", 2);
    memcpy(out + 4 - year_digits, digits, year_digits);
    out[4] = out[7] = '-';
    memcpy(out + 5, digits + year_digits, 2);
    memcpy(out + 8, digits + year_digits + 2, 2);
}

static text read_alternative_names(struct cursor extensions)
{
    struct cursor list = der_enter(&extensions, DER_SEQUENCE);
    while (cursor_ok(&list) && !cursor_is_done(&list)) {
        struct cursor extension = der_enter(&list, DER_SEQUENCE);
        text object = der_take(&extension, DER_OBJECT);
        der_skip_if(&extension, DER_BOOLEAN);
        struct cursor value = der_enter(&extension, DER_OCTETS);
        if (!cursor_ok(&extension) || !text_equals(object, object_alternative_names))
            continue;
        text names = der_take(&value, DER_SEQUENCE);
        if (cursor_ok(&value))
            return names;
    }
    return (text){NULL, 0};
}

bool peer_certificate_read(struct peer_certificate *certificate, text der)
{
    memset(certificate, 0, sizeof *certificate);
    struct cursor whole = cursor_of(der);
    struct cursor outer = der_enter(&whole, DER_SEQUENCE);
    struct cursor body = der_enter(&outer, DER_SEQUENCE);
    der_skip_if(&body, DER_VERSION);
    der_take(&body, DER_INTEGER);
    der_take(&body, DER_SEQUENCE);
    certificate->issuer = read_common_name(der_enter(&body, DER_SEQUENCE));
    struct cursor validity = der_enter(&body, DER_SEQUENCE);
    read_date(&validity, certificate->not_before);
    read_date(&validity, certificate->not_after);
    certificate->subject = read_common_name(der_enter(&body, DER_SEQUENCE));
    der_take(&body, DER_SEQUENCE);
    while (cursor_ok(&body) && !cursor_is_done(&body)) {
        uint8_t tag;
        text content = der_any(&body, &tag);
        if (tag == DER_EXTENSIONS)
            certificate->names = read_alternative_names(cursor_of(content));
    }
    return cursor_ok(&whole) && cursor_ok(&outer) && cursor_ok(&body) && cursor_ok(&validity);
}

static bool name_matches(text pattern, text host)
{
    if (!text_starts_with(pattern, TEXT("*.")))
        return text_equals_ignoring_case(pattern, host);
    text domain = text_after(pattern, 1); /* ".b.example" */
    size_t label = text_find(host, '.');
    bool has_two_labels = text_find(text_after(domain, 1), '.') < domain.size - 1;
    return has_two_labels && label > 0 && label < host.size &&
           text_equals_ignoring_case(domain, text_after(host, label));
}

bool peer_certificate_is_for(const struct peer_certificate *certificate, text host)
{
    union net_address address;
    bool is_address = address_parse(&address, host);
    struct cursor names = cursor_of(certificate->names);
    if (host.size == 0)
        return false;
    while (cursor_ok(&names) && !cursor_is_done(&names)) {
        uint8_t tag;
        text name = der_any(&names, &tag);
        if (!cursor_ok(&names))
            return false;
        if (is_address && tag == DER_IP_ADDRESS && text_equals(name, address_bytes(&address)))
            return true;
        if (!is_address && tag == DER_DNS_NAME && name_matches(name, host))
            return true;
    }
    return false;
}

const char *printable(text name, char *out, size_t size)
{
    size_t used = 0;
    for (; used < name.size && used + 1 < size; used++)
        out[used] = name.data[used] > ' ' && name.data[used] < 127 ? name.data[used]
                    : name.data[used] == ' '                       ? ' '
                                                                   : '?';
    out[used] = 0;
    return out;
}

static size_t show(char *out, size_t size, size_t used, const char *name)
{
    int more = snprintf(out + used, size - used, "%s%s", used ? ", " : "", name);
    size_t all = used + (size_t)(more > 0 ? more : 0);
    return all < size ? all : size - 1;
}

static void show_address(text bytes, char out[ADDRESS_TEXT_SIZE])
{
    union net_address address = {0};
    out[0] = 0;
    if (bytes.size == sizeof address.v4.sin_addr) {
        address.v4.sin_family = AF_INET;
        memcpy(&address.v4.sin_addr, bytes.data, bytes.size);
    } else if (bytes.size == sizeof address.v6.sin6_addr) {
        address.v6.sin6_family = AF_INET6;
        memcpy(&address.v6.sin6_addr, bytes.data, bytes.size);
    } else {
        return;
    }
    address_text(&address, out);
    *strrchr(out, ':') = 0; /* the port */
}

const char *peer_certificate_names(
    const struct peer_certificate *certificate, char *out, size_t size)
{
    struct cursor names = cursor_of(certificate->names);
    size_t used = 0;
    int shown = 0;
    out[0] = 0;
    while (cursor_ok(&names) && !cursor_is_done(&names)) {
        uint8_t tag;
        char name[80];
        text raw = der_any(&names, &tag);
        if (!cursor_ok(&names) || (tag != DER_DNS_NAME && tag != DER_IP_ADDRESS))
            continue;
        if (shown++ == NAMES_SHOWN) {
            show(out, size, used, "...");
            break;
        }
        if (tag == DER_DNS_NAME)
            printable(raw, name, sizeof name);
        else
            show_address(raw, name);
        used = show(out, size, used, name);
    }
    if (shown == 0 && certificate->subject.size)
        printable(certificate->subject, out, size);
    return out;
}
