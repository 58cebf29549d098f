#include "proxy.h"

#include "formats/formats.h"
#include "message.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { REASON_SHOWN = 100, CREDENTIALS_MOST = 1024 };

/* ---- Its URL ------------------------------------------------------------------------- */

/* The user and the password, decoded, as Basic authentication wants them. */
static const char *set_authorization(struct http_proxy *proxy, text user, struct arena *arena)
{
    char plain[CREDENTIALS_MOST];
    struct buffer line;
    if (user.size >= sizeof plain)
        return "user and password are too long";
    text password;
    text name = text_split(user, ':', &password);
    size_t size = percent_decode(plain, name);
    plain[size++] = ':';
    if (password.size)
        size += percent_decode(plain + size, password);
    buffer_init(&line, arena);
    buffer_add(&line, TEXT("Basic "));
    buffer_add_base64(&line, text_from(plain, size));
    memory_wipe(plain, sizeof plain);
    if (!buffer_ok(&line))
        return "no memory";
    proxy->authorization = buffer_text(&line);
    return NULL;
}

/* Without the scheme. */
static const char *skip_scheme(text *url, bool *is_secure)
{
    size_t at = text_find_text(*url, TEXT("://"));
    if (at == SIZE_MAX)
        return NULL;
    text scheme = {url->data, at};
    *url = text_after(*url, at + 3);
    *is_secure = text_equals_ignoring_case(scheme, TEXT("https"));
    if (*is_secure || text_equals_ignoring_case(scheme, TEXT("http")))
        return NULL;
    return "only proxies that are spoken to by http:// or https:// are known";
}

const char *http_proxy_parse(struct http_proxy *proxy, text url, struct arena *arena)
{
    struct uri uri;
    *proxy = (struct http_proxy){0};
    const char *problem = skip_scheme(&url, &proxy->is_secure);
    if (problem)
        return problem;
    size_t slash = text_find(url, '/');
    text authority = {url.data, slash};
    size_t at = text_find_last(authority, '@');
    text place = at < authority.size ? text_after(authority, at + 1) : authority;
    struct buffer whole;
    buffer_init(&whole, arena);
    buffer_add(&whole, proxy->is_secure ? TEXT("https://") : TEXT("http://"));
    buffer_add(&whole, place);
    if (!buffer_ok(&whole))
        return "no memory";
    problem = uri_parse(&uri, buffer_text(&whole));
    if (problem)
        return problem;
    proxy->host = uri.host;
    proxy->port = uri.port;
    return at < authority.size ? set_authorization(proxy, (text){url.data, at}, arena) : NULL;
}

/* ---- NO_PROXY ------------------------------------------------------------------------ */

/* The 4 or 16 bytes of an address; 0: it is none. */
static size_t address_bytes_of(text written, unsigned char out[16])
{
    char string[INET6_ADDRSTRLEN];
    if (written.size == 0 || written.size >= sizeof string)
        return 0;
    memcpy(string, written.data, written.size);
    string[written.size] = '\0';
    if (inet_pton(AF_INET, string, out) == 1)
        return 4;
    return inet_pton(AF_INET6, string, out) == 1 ? 16 : 0;
}

static bool is_in_network(text host, text network)
{
    unsigned char address[16], start[16];
    text prefix;
    uint64_t bits;
    size_t size = address_bytes_of(host, address);
    text base = text_split(network, '/', &prefix);
    if (!size || address_bytes_of(base, start) != size || !text_to_u64(prefix, &bits) ||
        bits > size * 8)
        return false;
    size_t whole = bits / 8;
    unsigned mask = 0xff00u >> bits % 8 & 0xff;
    if (memcmp(address, start, whole) != 0)
        return false;
    return mask == 0 || ((address[whole] ^ start[whole]) & mask) == 0;
}

/* host is name, or below it. */
static bool is_under(text host, text name)
{
    if (name.size == 0 || host.size < name.size)
        return false;
    size_t before = host.size - name.size;
    return text_equals_ignoring_case(text_after(host, before), name) &&
           (before == 0 || host.data[before - 1] == '.');
}

bool http_proxy_is_unwanted(text no_proxy, text host, uint16_t port)
{
    char with_port[300];
    if (text_equals(text_trim(no_proxy), TEXT("*")))
        return true;
    bool is_ipv6 = text_find(host, ':') < host.size;
    int size = snprintf(
        with_port, sizeof with_port, is_ipv6 ? "[%.*s]:%u" : "%.*s:%u", TEXT_ARGS(host), port);
    bool fits = size > 0 && (size_t)size < sizeof with_port;
    for (text rest = no_proxy; rest.size;) {
        text entry = text_trim(text_split(rest, ',', &rest));
        while (entry.size && entry.data[0] == '.')
            entry = text_after(entry, 1);
        if (entry.size > 2 && entry.data[0] == '[' && entry.data[entry.size - 1] == ']')
            entry = (text){entry.data + 1, entry.size - 2};
        if (is_under(host, entry) || is_in_network(host, entry) ||
            (fits && is_under(text_from(with_port, (size_t)size), entry)))
            return true;
    }
    return false;
}

/* ---- A tunnel ------------------------------------------------------------------------ */

static const char request_format[] = "CONNECT %.*s HTTP/1.1\r\nHost: %.*s\r\n%s%.*s%s\r\n";
static const char authorization_name[] = "Proxy-Authorization: ";

size_t http_proxy_request_most(const struct http_proxy *proxy, text host)
{
    return sizeof request_format + sizeof authorization_name + 2 * (host.size + 9) +
           proxy->authorization.size;
}

text http_proxy_write_request(const struct http_proxy *proxy, text name, char *memory)
{
    bool has_password = proxy->authorization.size > 0;
    int size = sprintf(
        memory, request_format, TEXT_ARGS(name), TEXT_ARGS(name),
        has_password ? authorization_name : "", TEXT_ARGS(proxy->authorization),
        has_password ? "\r\n" : "");
    return (text){memory, (size_t)size};
}

static enum net_tunnel_state refuse(char *detail, size_t size, const char *why)
{
    snprintf(detail, size, "%s", why);
    return NET_TUNNEL_REFUSED;
}

static const char *shorten(text said, char shown[REASON_SHOWN])
{
    size_t size = 0;
    for (; size < said.size && size < REASON_SHOWN - 1; size++)
        shown[size] = said.data[size] < ' ' || said.data[size] > '~' ? '?' : said.data[size];
    shown[size] = '\0';
    return shown;
}

enum net_tunnel_state http_proxy_heard(text answer, char *detail, size_t detail_size)
{
    char shown[REASON_SHOWN];
    text start = {answer.data, answer.size < 7 ? answer.size : 7};
    if (!text_starts_with(TEXT("HTTP/1."), start))
        return refuse(detail, detail_size, "does not speak HTTP");
    size_t head = http_head_size(answer, 0);
    if (head == 0) {
        bool is_full = answer.size >= NET_TUNNEL_ANSWER_MOST;
        return is_full ? refuse(detail, detail_size, "sent a head that is too large")
                       : NET_TUNNEL_MORE;
    }
    text rest;
    uint64_t status;
    text line = text_trim(text_split(answer, '\n', &rest));
    (void)text_split(line, ' ', &rest);
    text said = rest;
    if (!text_to_u64(text_split(rest, ' ', &rest), &status) || status < 100 || status > 999)
        return refuse(detail, detail_size, "does not speak HTTP");
    if (status >= 300 || status < 200) {
        snprintf(
            detail, detail_size, "refuses: %s%s", shorten(said, shown),
            status == 407 ? " (its URL has no user and password, or wrong ones)" : "");
        return NET_TUNNEL_REFUSED;
    }
    if (answer.size > head)
        return refuse(detail, detail_size, "sent bytes that nobody asked for");
    return NET_TUNNEL_STANDS;
}
