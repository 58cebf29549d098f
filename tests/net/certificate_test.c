#include "rig.h"

#include "net/trust.h"

#include <fcntl.h>
#include <sys/stat.h>

static const int64_t year_s = INT64_C(365) * 24 * 3600;

/* What a client that believes authority hears of a server that shows certificate. */
static void meet(
    struct rig *rig, const struct certificates *shown, const char *authority, const char *host)
{
    rig_make(rig, NULL);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage address;
    memset(&address, 0, sizeof address);
    memcpy(&address, &here, sizeof here);
    CHECK(net_pin_name(rig->net, text_of(host), &address, 1));
    rig_identity(rig, shown);
    rig_trust(rig, (struct net_trust_config){.ca_bundle = authority});
    rig_open(rig, host, 0);
    RIG_UNTIL(rig, rig->client.is_opened && rig->server.is_opened);
}

static void expect(const struct rig *rig, const char *detail)
{
    CHECK_TEXT(rig->client.detail, detail);
    CHECK_EQ(rig->client.opened, detail[0] ? INIA_CONNECT_FAILED : INIA_OK);
    CHECK_EQ(net_counters(rig->net)->handshake_failures > 0, detail[0] != 0);
}

static void date_of(int64_t unix_s, char out[16])
{
    time_t time = (time_t)unix_s;
    struct tm parts;
    gmtime_r(&time, &parts);
    strftime(out, 16, "%Y-%m-%d", &parts);
}

TEST(a_certificate_for_the_host_is_accepted)
{
    static const char *const names[] = {"s3.example", "*.s3.example", "127.0.0.1"};
    static const char *const hosts[] = {"s3.example", "bucket.s3.example", "127.0.0.1"};
    struct certificates made;
    certificates_make(
        &made, (struct net_certificate_config){.names = names, .name_count = COUNT_OF(names)});
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct rig rig;
        meet(&rig, &made, made.authority, hosts[i]);
        expect(&rig, "");
        rig_remove(&rig);
    }
    certificates_remove(&made);
}

TEST(a_certificate_for_another_host_is_refused)
{
    static const char *const names[] = {"other.example", "*.b.example", "10.1.2.3"};
    static const char *const hosts[] = {
        "s3.example", "a.other.example", "b.example", "a.a.b.example", "127.0.0.1"};
    struct certificates made;
    certificates_make(
        &made, (struct net_certificate_config){.names = names, .name_count = COUNT_OF(names)});
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct rig rig;
        char expected[200];
        meet(&rig, &made, made.authority, hosts[i]);
        snprintf(
            expected, sizeof expected,
            "TLS with %s: the certificate is for other.example, *.b.example, 10.1.2.3, not %s",
            hosts[i], hosts[i]);
        expect(&rig, expected);
        CHECK_EQ(rig.server.opened, INIA_CONNECT_FAILED);
        CHECK_TEXT(rig.server.detail, "TLS with a client: the peer refuses: bad_certificate");
        rig_remove(&rig);
    }
    certificates_remove(&made);
}

TEST(an_expired_certificate_is_refused_with_its_date)
{
    struct certificates made;
    struct rig rig;
    char expected[100], date[16];
    int64_t end = time(NULL) - 7 * 24 * 3600;
    certificates_make(
        &made, (struct net_certificate_config){.not_before = end - year_s, .not_after = end});
    meet(&rig, &made, made.authority, "localhost");
    date_of(end, date);
    snprintf(
        expected, sizeof expected, "TLS with localhost: the certificate has expired (%s)", date);
    expect(&rig, expected);
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(a_certificate_of_the_future_is_refused_with_its_date)
{
    struct certificates made;
    struct rig rig;
    char expected[100], date[16];
    int64_t start = time(NULL) + 30 * year_s; /* after 2049, which is written in another way */
    certificates_make(
        &made, (struct net_certificate_config){.not_before = start, .not_after = start + year_s});
    meet(&rig, &made, made.authority, "localhost");
    date_of(start, date);
    snprintf(
        expected, sizeof expected, "TLS with localhost: the certificate is not valid before %s",
        date);
    expect(&rig, expected);
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(an_authority_nobody_knows_is_refused)
{
    struct certificates made, other;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){0});
    certificates_make(&other, (struct net_certificate_config){0});
    meet(&rig, &made, other.authority, "localhost");
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    CHECK(text_starts_with(
        text_of(rig.client.detail),
        TEXT("TLS with localhost: the certificate is signed by an unknown CA (inia local "
             "authority ")));
    rig_remove(&rig);
    certificates_remove(&made);
    certificates_remove(&other);
}

TEST(a_self_signed_certificate_is_refused_as_such)
{
    struct certificates made, other;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){.self_signed = true});
    certificates_make(&other, (struct net_certificate_config){0});
    meet(&rig, &made, other.authority, "localhost");
    expect(&rig, "TLS with localhost: the certificate is self-signed");
    rig_remove(&rig);
    certificates_remove(&made);
    certificates_remove(&other);
}

TEST(without_verification_any_certificate_will_do_and_the_log_warns)
{
    struct certificates made;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){.self_signed = true, .not_after = 1});
    rig_make(&rig, NULL);
    rig_identity(&rig, &made);
    rig_trust(&rig, (struct net_trust_config){.no_verification = true});
    rig_connect(&rig, "127.0.0.1");
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(a_host_that_was_believed_is_not_believed_under_another_name)
{
    struct certificates made;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){0});
    meet(&rig, &made, made.authority, "localhost");
    expect(&rig, "");
    end_send(&rig.server, "so that the ticket comes", RING_SEND_REPORT);
    RIG_UNTIL(&rig, rig.client.size == 24);
    rig_disconnect(&rig);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage address;
    memset(&address, 0, sizeof address);
    memcpy(&address, &here, sizeof here);
    CHECK(net_pin_name(rig.net, TEXT("evil.example"), &address, 1));
    rig_open(&rig, "evil.example", 0);
    RIG_UNTIL(&rig, rig.client.is_opened);
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    rig_remove(&rig);
    certificates_remove(&made);
}

/* ---- Peers that are no servers ---- */

static int plain_socket;

static void answer_plainly(struct ring_listener *listener, int fd, int error)
{
    (void)listener;
    (void)error;
    plain_socket = fd;
}

static void meet_plain(struct rig *rig, const char *says, bool hangs_up)
{
    struct ring_listener listener;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct certificates made;
    certificates_make(&made, (struct net_certificate_config){0});
    rig_make(rig, NULL);
    rig_trust(rig, (struct net_trust_config){.ca_bundle = made.authority});
    plain_socket = -1;
    CHECK_EQ(
        ring_listen(
            &listener, rig->ring, (struct sockaddr *)&address, sizeof address, answer_plainly),
        0);
    rig_open(rig, "127.0.0.1", listener.port);
    RIG_UNTIL(rig, plain_socket >= 0);
    if (says)
        CHECK(write(plain_socket, says, strlen(says)) > 0);
    if (hangs_up) {
        rig_turn_for(rig, 10);
        shutdown(plain_socket, SHUT_WR);
    }
    RIG_UNTIL(rig, rig->client.is_opened);
    close(plain_socket);
    ring_listener_close(&listener);
    certificates_remove(&made);
}

TEST(a_peer_that_does_not_speak_tls_is_recognized)
{
    struct rig rig;
    meet_plain(&rig, "HTTP/1.1 400 Bad Request\r\n\r\n", false);
    expect(&rig, "TLS with 127.0.0.1: the peer does not speak TLS");
    rig_remove(&rig);
}

TEST(a_peer_that_hangs_up_is_recognized)
{
    struct rig rig;
    meet_plain(&rig, NULL, true);
    expect(&rig, "TLS with 127.0.0.1: the peer closed the connection during the handshake");
    rig_remove(&rig);
}

TEST(a_server_that_is_too_old_is_recognized)
{
    struct certificates made;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){0});
    rig_make(&rig, NULL);
    rig_identity(&rig, &made);
    WOLFSSL_CTX *old = context_new(wolfTLSv1_2_server_method(), 12);
    CHECK_EQ(wolfSSL_CTX_use_certificate_chain_file(old, made.leaf), WOLFSSL_SUCCESS);
    CHECK_EQ(wolfSSL_CTX_use_PrivateKey_file(old, made.key, WOLFSSL_FILETYPE_PEM), WOLFSSL_SUCCESS);
    wolfSSL_CTX_free(rig.identity->context);
    rig.identity->context = old;
    rig_trust(&rig, (struct net_trust_config){.ca_bundle = made.authority, .minimum_version = 13});
    rig_open(&rig, "127.0.0.1", 0);
    RIG_UNTIL(&rig, rig.client.is_opened && rig.server.is_opened);
    expect(&rig, "TLS with 127.0.0.1: no version of TLS in common (1.3 is needed)");
    rig_remove(&rig);
    certificates_remove(&made);
}

/* ---- Settings ---- */

static void expect_trouble(const char *bundle, const char *detail)
{
    struct rig rig;
    inia_error error = {0};
    rig_make(&rig, NULL);
    CHECK(!net_trust_new(rig.net, &(struct net_trust_config){.ca_bundle = bundle}, &error));
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK_TEXT(error.detail, detail);
    rig_remove(&rig);
}

static void write_text(const char *path, const char *words)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, words, strlen(words)) == (ssize_t)strlen(words));
    close(fd);
}

TEST(a_bundle_that_cannot_be_used_is_named)
{
    expect_trouble("/nonexistent/ca.pem", "/nonexistent/ca.pem: No such file or directory");
    write_text("/tmp/inia-not-a-bundle.pem", "this is no certificate\n");
    expect_trouble(
        "/tmp/inia-not-a-bundle.pem",
        "/tmp/inia-not-a-bundle.pem: no usable certificate of an authority in it (PEM is "
        "expected)");
    unlink("/tmp/inia-not-a-bundle.pem");
}

/* Comments, and one that is none, before the authority that counts. */
static void mix_bundle(const char *path, const char *authority)
{
    char whole[8192] = "# of ours\n-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n";
    size_t size = strlen(whole);
    int fd = open(authority, O_RDONLY);
    ssize_t got = fd >= 0 ? read(fd, whole + size, sizeof whole - size - 1) : -1;
    CHECK(got > 0);
    close(fd);
    write_text(path, whole);
}

TEST(what_is_no_certificate_in_a_bundle_does_not_keep_others_out)
{
    struct certificates made;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){0});
    mix_bundle("/tmp/inia-mixed-bundle.pem", made.authority);
    rig_make(&rig, NULL);
    rig_identity(&rig, &made);
    rig_trust(&rig, (struct net_trust_config){.ca_bundle = "/tmp/inia-mixed-bundle.pem"});
    rig_connect(&rig, "localhost");
    rig_remove(&rig);
    certificates_remove(&made);
    unlink("/tmp/inia-mixed-bundle.pem");
}

TEST(the_environment_names_the_bundle_when_nobody_else_does)
{
    struct certificates made;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){0});
    setenv("AWS_CA_BUNDLE", made.authority, 1);
    rig_make(&rig, NULL);
    rig_identity(&rig, &made);
    rig_trust(&rig, (struct net_trust_config){0});
    unsetenv("AWS_CA_BUNDLE");
    rig_connect(&rig, "localhost");
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(a_bundle_for_later_is_read_when_a_stream_is_secured)
{
    struct certificates made;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){0});
    rig_make(&rig, NULL);
    rig_identity(&rig, &made);
    rig_trust(&rig, (struct net_trust_config){.ca_bundle = made.authority, .later = true});
    CHECK(!rig.trust->context);
    rig_connect(&rig, "127.0.0.1");
    CHECK(rig.trust->context);
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(a_bundle_for_later_that_cannot_be_read_fails_the_stream)
{
    struct certificates made;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){0});
    rig_make(&rig, NULL);
    rig_identity(&rig, &made);
    rig_trust(&rig, (struct net_trust_config){.ca_bundle = "/nonexistent.pem", .later = true});
    rig_open(&rig, "127.0.0.1", 0);
    RIG_UNTIL(&rig, rig.client.is_opened);
    CHECK_EQ(rig.client.opened, INIA_CONNECT_FAILED);
    CHECK_TEXT(rig.client.detail, "/nonexistent.pem: No such file or directory");
    inia_error error;
    struct net_trust_config config = {.ca_bundle = "/nonexistent.pem"};
    CHECK(!net_trust_new(rig.net, &config, &error));
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(a_bundle_that_has_changed_is_read_again)
{
    struct certificates made;
    struct rig rig;
    inia_error error;
    certificates_make(&made, (struct net_certificate_config){0});
    rig_make(&rig, NULL);
    rig_trust(&rig, (struct net_trust_config){.ca_bundle = made.authority});
    struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
    CHECK_EQ(utimensat(AT_FDCWD, made.authority, times, 0), 0);
    struct net_trust_config config = {.ca_bundle = made.authority};
    struct net_trust *other = net_trust_new(rig.net, &config, &error);
    CHECK(other && other != rig.trust);
    net_trust_free(other);
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(equal_settings_share_one_trust)
{
    struct certificates made;
    struct rig rig;
    certificates_make(&made, (struct net_certificate_config){0});
    rig_make(&rig, NULL);
    rig_trust(&rig, (struct net_trust_config){.ca_bundle = made.authority});
    inia_error error;
    struct net_trust_config config = {.ca_bundle = made.authority};
    struct net_trust *same = net_trust_new(rig.net, &config, &error);
    CHECK(same == rig.trust);
    config.minimum_version = 13;
    struct net_trust *other = net_trust_new(rig.net, &config, &error);
    CHECK(other && other != rig.trust);
    config.certificate = made.leaf;
    config.key = made.key;
    struct net_trust *named = net_trust_new(rig.net, &config, &error);
    CHECK(named && named != other && named != rig.trust);
    CHECK(net_trust_new(rig.net, &config, &error) == named);
    net_trust_free(named);
    net_trust_free(named);
    net_trust_free(same);
    net_trust_free(other);
    rig_remove(&rig);
    certificates_remove(&made);
}

/* The rig's server wants to know who comes. */
static void ask_for_certificates(struct rig *rig, const char *authority)
{
    WOLFSSL_CTX *context = rig->identity->context;
    CHECK_EQ(wolfSSL_CTX_load_verify_locations(context, authority, NULL), WOLFSSL_SUCCESS);
    wolfSSL_CTX_set_verify(
        context, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

TEST(a_client_with_a_certificate_is_let_in_and_one_without_is_not)
{
    struct certificates made, strange;
    certificates_make(&made, (struct net_certificate_config){0});
    certificates_make(&strange, (struct net_certificate_config){0});
    const struct certificates *const shown[] = {&made, NULL, &strange};
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        struct rig rig;
        rig_make(&rig, NULL);
        rig_identity(&rig, &made);
        ask_for_certificates(&rig, made.authority);
        struct net_trust_config config = {.ca_bundle = made.authority};
        config.certificate = shown[i] ? shown[i]->leaf : NULL;
        config.key = shown[i] ? shown[i]->key : NULL;
        rig_trust(&rig, config);
        rig_open(&rig, "127.0.0.1", 0);
        RIG_UNTIL(&rig, rig.client.is_opened && rig.server.is_opened);
        CHECK_EQ(rig.server.opened, i == 0 ? INIA_OK : INIA_CONNECT_FAILED);
        rig_remove(&rig);
    }
    certificates_remove(&made);
    certificates_remove(&strange);
}

TEST(a_certificate_of_a_client_that_cannot_be_used_is_named)
{
    struct certificates made;
    struct rig rig;
    inia_error error = {0};
    char expected[300];
    certificates_make(&made, (struct net_certificate_config){0});
    rig_make(&rig, NULL);
    struct net_trust_config config = {.ca_bundle = made.authority};
    config.certificate = "/nonexistent";
    config.key = made.key;
    CHECK(!net_trust_new(rig.net, &config, &error));
    CHECK_TEXT(error.detail, "/nonexistent: No such file or directory");
    config.certificate = made.leaf;
    config.key = made.leaf;
    CHECK(!net_trust_new(rig.net, &config, &error));
    snprintf(
        expected, sizeof expected,
        "%s: no usable private key in it (PEM, not encrypted, is expected)", made.leaf);
    CHECK_TEXT(error.detail, expected);
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(a_key_that_does_not_fit_its_certificate_is_named)
{
    struct certificates made, other;
    struct rig rig;
    inia_error error = {0};
    char expected[300];
    certificates_make(&made, (struct net_certificate_config){0});
    certificates_make(&other, (struct net_certificate_config){0});
    rig_make(&rig, NULL);
    CHECK(!net_identity_new(rig.net, made.leaf, other.key, &error));
    snprintf(expected, sizeof expected, "%s: is not the key of %s", other.key, made.leaf);
    CHECK_TEXT(error.detail, expected);
    CHECK(!net_identity_new(rig.net, made.leaf, "/nonexistent", &error));
    CHECK_TEXT(error.detail, "/nonexistent: No such file or directory");
    CHECK(!net_identity_new(rig.net, made.key, made.key, &error));
    rig_remove(&rig);
    certificates_remove(&made);
    certificates_remove(&other);
}

TEST(keys_are_for_their_owner_alone_and_an_authority_stays)
{
    struct certificates made;
    struct stat status;
    char path[128];
    certificates_make(&made, (struct net_certificate_config){0});
    snprintf(path, sizeof path, "%s/ca-key.pem", made.folder);
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    CHECK(stat(made.key, &status) == 0 && (status.st_mode & 0777) == 0600);
    size_t size, leaf_size, again_size;
    char *before = test_read_file(made.authority, &size);
    char *leaf = test_read_file(made.leaf, &leaf_size);
    struct net_certificate_config config = {.folder = made.folder};
    CHECK_EQ(net_certificate_make(&config, NULL), INIA_OK);
    char *after = test_read_file(made.authority, &again_size);
    CHECK_BYTES(before, size, after, again_size);
    char *leaf_again = test_read_file(made.leaf, &again_size);
    CHECK(again_size != leaf_size || memcmp(leaf, leaf_again, leaf_size) != 0);
    free(before), free(after), free(leaf), free(leaf_again);
    struct rig rig;
    meet(&rig, &made, made.authority, "localhost");
    expect(&rig, "");
    rig_remove(&rig);
    certificates_remove(&made);
}

TEST(a_certificate_that_cannot_be_made_says_why)
{
    static const char *const names[] = {""};
    inia_error error = {0};
    struct net_certificate_config config = {.folder = "/nonexistent"};
    CHECK_EQ(net_certificate_make(&config, &error), INIA_BAD_CONFIG);
    CHECK_TEXT(error.detail, "/nonexistent/ca-key.pem: No such file or directory");
    config = (struct net_certificate_config){
        .folder = "/tmp", .names = names, .name_count = 1, .self_signed = true};
    CHECK_EQ(net_certificate_make(&config, &error), INIA_BAD_CONFIG);
    CHECK_TEXT(error.detail, "\"\" cannot be in a certificate");
}
