#include "net/peer_certificate.h"

#include "certificates.h"

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/asn_public.h>

static unsigned char der[8192];

/* Makes a certificate for the names and takes it apart again. */
static text make(const char *const *names, size_t count, int64_t not_before, int64_t not_after)
{
    struct certificates made;
    size_t size;
    certificates_make(
        &made, (struct net_certificate_config){
                   .names = names,
                   .name_count = count,
                   .not_before = not_before,
                   .not_after = not_after,
                   .self_signed = true});
    char *pem = test_read_file(made.leaf, &size);
    int der_size = wc_CertPemToDer((unsigned char *)pem, (int)size, der, sizeof der, CERT_TYPE);
    CHECK(der_size > 0);
    free(pem);
    certificates_remove(&made);
    return text_from(der, (size_t)der_size);
}

static const char *const names[] = {"one.example",      "*.two.example", "*.org",  "*",
                                    "w*.three.example", "10.0.0.1",      "fd00::1"};

TEST(dates_and_names_are_read)
{
    struct peer_certificate certificate;
    char shown[200];
    text bytes = make(names, 7, 1546300800, 2556057600); /* 2019, and 2050 or later */
    CHECK(peer_certificate_read(&certificate, bytes));
    CHECK_TEXT(certificate.not_before, "2019-01-01");
    CHECK_TEXT(certificate.not_after, "2050-12-31");
    CHECK(text_equals(certificate.subject, TEXT("one.example")));
    CHECK(text_equals(certificate.issuer, TEXT("one.example")));
    CHECK_TEXT(
        peer_certificate_names(&certificate, shown, sizeof shown),
        "one.example, *.two.example, *.org, *, ...");
    CHECK_TEXT(peer_certificate_names(&certificate, shown, 20), "one.example, *.two.");
}

TEST(names_match_as_rfc_6125_allows_and_no_more)
{
    static const char *const good[] = {"one.example",       "ONE.Example", "a.two.example",
                                       "xn--a.two.example", "10.0.0.1",    "fd00::1",
                                       "fd00:0:0::1"};
    static const char *const bad[] = {"two.example",
                                      "a.b.two.example",
                                      ".two.example",
                                      "one.example.org",
                                      "aone.example",
                                      "a.org",
                                      "org",
                                      "anything",
                                      "www.three.example",
                                      "10.0.0.2",
                                      "fd00::2",
                                      "",
                                      "one"};
    struct peer_certificate certificate;
    CHECK(peer_certificate_read(&certificate, make(names, 7, 0, 0)));
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!peer_certificate_is_for(&certificate, text_of(good[i])))
            FAIL("should be for %s", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (peer_certificate_is_for(&certificate, text_of(bad[i])))
            FAIL("should not be for %s", bad[i]);
}

TEST(an_address_is_no_name_and_a_name_no_address)
{
    static const char *const only[] = {"1.example"};
    struct peer_certificate certificate;
    CHECK(peer_certificate_read(&certificate, make(only, 1, 0, 0)));
    CHECK(!peer_certificate_is_for(&certificate, TEXT("1.0.0.1")));
    CHECK(peer_certificate_is_for(&certificate, TEXT("1.example")));
}

TEST(no_cut_or_damaged_certificate_leads_astray)
{
    struct peer_certificate certificate;
    char shown[100];
    text bytes = make(names, 7, 0, 0);
    for (size_t size = 0; size < bytes.size; size++)
        CHECK(!peer_certificate_read(&certificate, text_from(bytes.data, size)));
    for (size_t i = 0; i < bytes.size; i++) {
        der[i] ^= 0x81;
        if (peer_certificate_read(&certificate, bytes)) {
            CHECK(!peer_certificate_is_for(&certificate, TEXT("never.example")));
            peer_certificate_names(&certificate, shown, sizeof shown);
        }
        der[i] ^= 0x81;
    }
    CHECK(!peer_certificate_read(&certificate, TEXT("")));
    CHECK(!peer_certificate_read(&certificate, (text){NULL, 0}));
}

TEST(names_out_of_foreign_hands_are_shown_harmlessly)
{
    char shown[8];
    CHECK_TEXT(printable(TEXT("a\x1b[2J\n\xff"), shown, sizeof shown), "a?[2J??");
    CHECK_TEXT(printable(TEXT("much too long"), shown, sizeof shown), "much to");
}
