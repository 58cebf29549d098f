#include "http/proxies.h"

#include "test.h"

static struct budget memory;
static struct slab blocks;

static void begin(void)
{
    budget_init(&memory, 1 << 20);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 4);
}

static void finish(void)
{
    slab_release(&blocks);
    CHECK_EQ(memory.used, 0);
}

static struct http_proxies *with(const char *https, const char *http, const char *no_proxy)
{
    struct http_proxies *proxies = http_proxies_new(&memory, &blocks);
    CHECK(proxies != NULL);
    if (*https)
        CHECK_TEXT(http_proxy_parse(&proxies->https, text_of(https), &proxies->arena), NULL);
    if (*http)
        CHECK_TEXT(http_proxy_parse(&proxies->http, text_of(http), &proxies->arena), NULL);
    proxies->no_proxy = text_of(no_proxy);
    return proxies;
}

TEST(each_scheme_has_a_proxy_of_its_own_and_some_hosts_have_none)
{
    begin();
    struct http_proxies *proxies = with("http://one:1", "", "near.example");
    const struct http_proxy *found = http_proxies_find(proxies, true, TEXT("far.example"), 443);
    CHECK_EQ(found->port, 1);
    CHECK(!http_proxies_find(proxies, true, TEXT("near.example"), 443));
    CHECK(!http_proxies_find(proxies, false, TEXT("far.example"), 80));
    CHECK(!http_proxies_find(NULL, true, TEXT("far.example"), 443));
    http_proxies_free(proxies);
    finish();
}

TEST(they_stay_until_the_last_owner_has_gone)
{
    begin();
    struct http_proxies *proxies = with("http://u:p@one:1", "", "");
    CHECK(http_proxies_hold(proxies) == proxies);
    http_proxies_free(proxies);
    CHECK_EQ(http_proxies_find(proxies, true, TEXT("far.example"), 443)->port, 1);
    http_proxies_free(proxies);
    http_proxies_free(http_proxies_hold(NULL));
    finish();
}

TEST(those_are_equal_that_lead_the_same_ways)
{
    begin();
    static const char *const others[][3] = {
        {"", "http://two:2", "a"},
        {"http://one:3", "http://two:2", "a"},
        {"http://u:p@one:1", "http://two:2", "a"},
        {"http://one:1", "http://two:2", "b"},
        {"http://one:1", "", "a"},
    };
    struct http_proxies *first = with("http://one:1", "http://two:2", "a");
    struct http_proxies *same = with("one:1", "http://two:2", "a");
    struct http_proxies *none = with("", "", "");
    CHECK(http_proxies_equal(first, same));
    CHECK(http_proxies_equal(none, NULL) && !http_proxies_equal(first, NULL));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct http_proxies *other = with(others[i][0], others[i][1], others[i][2]);
        CHECK(!http_proxies_equal(first, other));
        http_proxies_free(other);
    }
    http_proxies_free(first);
    http_proxies_free(same);
    http_proxies_free(none);
    finish();
}
