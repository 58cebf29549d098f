#include "uri.h"

static bool is_host_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte && strchr("-._~%!$&'()*+,;=", byte) != NULL);
}

static bool is_all(text bytes, bool (*allowed)(char))
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (!allowed(bytes.data[i]))
            return false;
    }
    return true;
}

static bool is_address_byte(char byte)
{
    return (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F') ||
           (byte >= '0' && byte <= '9') || byte == ':' || byte == '.' || byte == '%';
}

static bool is_visible(char byte)
{
    return (unsigned char)byte > 0x20 && (unsigned char)byte != 0x7F;
}

static const char *parse_port(struct uri *uri, text written)
{
    uint64_t port;
    if (written.size == 0)
        return NULL;
    if (!text_to_u64(written, &port) || port == 0 || port > UINT16_MAX)
        return "a port that is none";
    uri->port = (uint16_t)port;
    uri->port_written = true;
    return NULL;
}

static const char *parse_authority(struct uri *uri)
{
    text authority = uri->authority, after = {NULL, 0};
    if (text_find(authority, '@') != authority.size)
        return "user information in it";
    if (authority.size && authority.data[0] == '[') {
        size_t close = text_find(authority, ']');
        if (close == authority.size)
            return "a bracket that does not close";
        uri->host = (text){authority.data + 1, close - 1};
        after = text_after(authority, close + 1);
        if (uri->host.size == 0 || !is_all(uri->host, is_address_byte))
            return "no IPv6 address between the brackets";
        if (after.size && after.data[0] != ':')
            return "something between host and port";
        after = after.size ? text_after(after, 1) : after;
    } else {
        uri->host = text_split(authority, ':', &after);
        if (uri->host.size == 0)
            return "no host";
        if (!is_all(uri->host, is_host_byte))
            return "a host name with a character that cannot be in one";
    }
    return parse_port(uri, after);
}

const char *uri_parse(struct uri *uri, text written)
{
    *uri = (struct uri){.port = 80};
    if (text_starts_with_ignoring_case(written, TEXT("https://"))) {
        uri->secure = true;
        uri->port = 443;
        written = text_after(written, 8);
    } else if (text_starts_with_ignoring_case(written, TEXT("http://"))) {
        written = text_after(written, 7);
    } else {
        return "neither http nor https";
    }
    if (!is_all(written, is_visible))
        return "a space or control character in it";
    if (text_find(written, '#') != written.size)
        return "a fragment in it";
    size_t end = text_find(written, '/');
    size_t question = text_find(written, '?');
    if (question < end)
        end = question;
    uri->authority = (text){written.data, end};
    uri->path = (text){written.data + end, question - end};
    if (question < written.size)
        uri->query = text_after(written, question + 1);
    return parse_authority(uri);
}
