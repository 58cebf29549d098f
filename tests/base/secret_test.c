#include "base/base.h"
#include "test.h"

TEST(a_cleared_secret_holds_nothing)
{
    struct secret secret = {.size = 0};
    CHECK(secret_set(&secret, TEXT("wJalrXUtnFEMI")));
    CHECK(secret_equals(secret_text(&secret), TEXT("wJalrXUtnFEMI")));
    secret_clear(&secret);
    for (size_t i = 0; i < sizeof secret.bytes; i++)
        CHECK_EQ(secret.bytes[i], 0);
    CHECK_EQ(secret.size, 0);
}

TEST(a_secret_too_long_is_refused_and_leaves_nothing)
{
    char long_one[SECRET_MOST + 1] = {1};
    struct secret secret = {.size = 0};
    CHECK(secret_set(&secret, TEXT("old")));
    CHECK(!secret_set(&secret, (text){long_one, sizeof long_one}));
    CHECK_EQ(secret.size, 0);
}

TEST(secrets_are_equal_only_if_all_of_them_is)
{
    CHECK(secret_equals(TEXT("abc"), TEXT("abc")));
    CHECK(!secret_equals(TEXT("abc"), TEXT("abd")));
    CHECK(!secret_equals(TEXT("abc"), TEXT("ab")));
}
