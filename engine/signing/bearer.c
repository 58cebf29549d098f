#include "bearer.h"

inia_status bearer_sign(struct http_draft *draft, struct arena *arena, text token)
{
    if (!token.size || !http_is_field_value(token) || text_find(token, ' ') < token.size)
        return INIA_BAD_CONFIG;
    struct buffer value;
    buffer_init(&value, arena);
    buffer_add(&value, TEXT("Bearer "));
    buffer_add(&value, token);
    if (!buffer_ok(&value))
        return INIA_NO_MEMORY;
    for (size_t i = 0; i < draft->header_count; i++) {
        if (text_equals(draft->headers[i].name, TEXT("authorization"))) {
            draft->headers[i].value = buffer_text(&value);
            return INIA_OK;
        }
    }
    return http_draft_add(draft, arena, TEXT("authorization"), buffer_text(&value))
               ? INIA_OK
               : INIA_NO_MEMORY;
}
