#include "user_agent.h"

#include "formats/formats.h"

#include <string.h>

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

void user_agent_add_part(struct buffer *out, text part, bool with_hash)
{
    while (part.size) {
        char c = part.data[0];
        bool stays =
            is_alphanumeric(c) || is_one_of(c, "!$%&'*+-.^_`|~,") || (with_hash && c == '#');
        size_t size = utf8_sequence_size(part); /* a character is one "-", however many bytes */
        buffer_add_char(out, stays ? c : '-');
        part = text_after(part, size ? size : 1);
    }
}

static void add_pair(struct buffer *out, const char *start, text name, text version)
{
    if (!name.size)
        return;
    buffer_add(out, text_of(start));
    user_agent_add_part(out, name, false);
    if (version.size) {
        buffer_add_char(out, '#');
        user_agent_add_part(out, version, true);
    }
}

void user_agent_write(struct buffer *out, const struct user_agent *agent)
{
    const text none = {NULL, 0};
    buffer_add(out, agent->product);
    buffer_add_char(out, '/');
    buffer_add(out, agent->version);
    buffer_add(out, TEXT(" ua/2.1"));
    add_pair(out, " os/", agent->system, agent->system_version);
    add_pair(out, " lang/", agent->language, agent->language_version);
    add_pair(out, " exec-env/", agent->environment, none);
    add_pair(out, " m/", agent->metrics, none);
    add_pair(out, " cfg/", agent->retry_mode.size ? TEXT("retry-mode") : none, agent->retry_mode);
    add_pair(out, " app/", agent->app_id, none);
    add_pair(out, " lib/", agent->framework, agent->framework_version);
}

void user_agent_write_attempt(struct buffer *out, uint32_t attempt, uint32_t most)
{
    buffer_add(out, TEXT("attempt="));
    buffer_add_u64(out, attempt);
    buffer_add(out, TEXT("; max="));
    buffer_add_u64(out, most);
}

void user_agent_write_trace(struct buffer *out, text trace)
{
    for (size_t i = 0; i < trace.size; i++) {
        char c = trace.data[i];
        if (is_alphanumeric(c) || is_one_of(c, "-=;:+&[]{}\"',_.~"))
            buffer_add_char(out, c);
        else
            buffer_add_percent(out, text_from(&c, 1), PERCENT_UNRESERVED);
    }
}
