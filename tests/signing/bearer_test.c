#include "signing/signing.h"

#include "test.h"

TEST(a_token_goes_into_the_authorization_header_once)
{
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    struct http_draft draft = {0};
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
    arena_init(&arena, &blocks);
    CHECK_EQ(bearer_sign(&draft, &arena, TEXT("one")), INIA_OK);
    CHECK_EQ(bearer_sign(&draft, &arena, TEXT("t0ken.-_~+/=")), INIA_OK);
    CHECK_EQ(draft.header_count, 1);
    CHECK(text_equals(draft.headers[0].name, TEXT("authorization")));
    CHECK(text_equals(draft.headers[0].value, TEXT("Bearer t0ken.-_~+/=")));
    CHECK_EQ(bearer_sign(&draft, &arena, TEXT("")), INIA_BAD_CONFIG);
    CHECK_EQ(bearer_sign(&draft, &arena, TEXT("a\r\nx: y")), INIA_BAD_CONFIG);
    CHECK_EQ(bearer_sign(&draft, &arena, TEXT("two words")), INIA_BAD_CONFIG);
    CHECK(text_equals(draft.headers[0].value, TEXT("Bearer t0ken.-_~+/=")));
    arena_release(&arena);
    slab_release(&blocks);
}
