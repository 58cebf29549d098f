/* TLS between two ends of ours, and with OpenSSL on the other side, which nobody here wrote. */
#include "secure_rig.h"

#include "net/tls_session.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <wolfssl/internal.h>

/* ---- With ourselves -------------------------------------------------------------------------- */

/* The server's side alone decides: a suite of TLS 1.2 needs a server that knows nothing newer. */
static void only_suite(struct rig *rig, const char *suite)
{
    bool is_tls13 = text_starts_with(text_of(suite), TEXT("TLS13"));
    WOLFSSL_CTX *context =
        context_new(is_tls13 ? wolfTLSv1_3_server_method() : wolfTLSv1_2_server_method(), 12);
    CHECK(context);
    CHECK_EQ(wolfSSL_CTX_use_certificate_chain_file(context, certificates.leaf), WOLFSSL_SUCCESS);
    CHECK_EQ(
        wolfSSL_CTX_use_PrivateKey_file(context, certificates.key, WOLFSSL_FILETYPE_PEM),
        WOLFSSL_SUCCESS);
    CHECK_EQ(wolfSSL_CTX_set_cipher_list(context, suite), WOLFSSL_SUCCESS);
    wolfSSL_CTX_free(rig->identity->context);
    rig->identity->context = context;
}

static void talk_much(struct rig *rig)
{
    enum { SIZE = 300000 };
    static char from[SIZE], into[SIZE];
    fill_pattern(from, SIZE, 7);
    talk(rig);
    rig->client.on_received = NULL;
    rig->server.echoes = false;
    net_stream_receive_stop(&rig->client.stream);
    net_stream_receive_into(&rig->client.stream, into, SIZE);
    net_stream_send(&rig->server.stream, &(struct iovec){from, SIZE}, 1, RING_SEND_REPORT);
    RIG_UNTIL(rig, rig->client.fills == 1 && rig->server.sents == 1);
    CHECK_EQ(rig->client.fill_status, INIA_OK);
    CHECK(memcmp(from, into, SIZE) == 0);
    end_close(&rig->server);
    net_stream_receive(&rig->client.stream);
    RIG_UNTIL(rig, rig->client.has_ended);
    CHECK_EQ(rig->client.ended, INIA_OK);
}

TEST(every_cipher_suite_works_with_our_records_or_without)
{
    static const struct {
        const char *name;
        bool is_own;
    } suites[] = {
        {"TLS13-AES128-GCM-SHA256", true},         {"TLS13-AES256-GCM-SHA384", true},
        {"TLS13-CHACHA20-POLY1305-SHA256", false}, {"ECDHE-ECDSA-AES128-GCM-SHA256", true},
        {"ECDHE-ECDSA-AES256-GCM-SHA384", true},   {"ECDHE-ECDSA-CHACHA20-POLY1305", false},
    };
    for (size_t i = 0; i < COUNT_OF(suites); i++)
        for (int fast = 0; fast <= 1; fast++) {
            struct rig rig;
            make_secure(&rig);
            only_suite(&rig, suites[i].name);
            struct gcm_engine *engine = rig.net->gcm;
            if (!fast)
                rig.net->gcm = NULL;
            rig.client.stays_quiet = false;
            rig_connect(&rig, "localhost");
            CHECK_EQ(rig.client.stream.tls->is_own, suites[i].is_own);
            rig_disconnect(&rig);
            talk_much(&rig);
            CHECK_EQ(
                rig.client.stream.tls->ssl->options.tls1_3,
                text_starts_with(text_of(suites[i].name), TEXT("TLS13")));
            rig_remove(&rig);
            if (!fast)
                gcm_engine_free(engine);
        }
}

static void answer_with_what_came(struct end *end)
{
    struct iovec pieces[2] = {{(char[]){"echo:"}, 5}, {end->rig->net->scratch, 5}};
    net_stream_send(&end->stream, pieces, 2, RING_SEND_QUIET);
}

TEST(what_was_received_can_be_sent_at_once_without_a_copy)
{
    static const char *const suites[] = {
        "TLS13-AES128-GCM-SHA256", "TLS13-CHACHA20-POLY1305-SHA256"};
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        struct rig rig;
        make_secure(&rig);
        only_suite(&rig, suites[i]);
        rig.server.on_received = answer_with_what_came;
        rig_connect(&rig, "127.0.0.1");
        end_send(&rig.client, "hello", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.size == 10);
        CHECK_BYTES(rig.client.data, 10, "echo:hello", 10);
        rig_remove(&rig);
    }
}

static void renew(struct end *end)
{
    CHECK(tls_session_renew(end->stream.tls));
}

TEST(keys_can_be_renewed_by_either_side_at_any_time)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    for (int i = 0; i < 4; i++) {
        size_t before = rig.client.size;
        if (i != 1)
            renew(&rig.client);
        end_send(&rig.client, "after the client's", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.size == before + 18);
        if (i != 2)
            renew(&rig.server);
        end_send(&rig.client, "after the server's", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.size == before + 36);
        CHECK_BYTES(rig.client.data + before + 18, 18, "after the server's", 18);
    }
    rig_remove(&rig);
}

TEST(a_worn_key_is_renewed_by_itself)
{
    struct rig rig;
    make_secure(&rig);
    talk(&rig);
    struct tls_session *client = rig.client.stream.tls, *server = rig.server.stream.tls;
    client->write.sequence = server->read.sequence = TLS_MOST_RECORDS - 1;
    for (int i = 0; i < 3; i++) {
        size_t before = rig.client.size;
        end_send(&rig.client, "worn", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.size == before + 4);
    }
    CHECK(client->write.sequence < 8);
    rig_remove(&rig);
}

/* ---- With OpenSSL ---------------------------------------------------------------------------- */

struct program {
    pid_t pid;
    int in, out; /* its standard input and output */
    char said[1 << 16];
    size_t said_size;
};

static void program_start(struct program *program, const char *const *arguments)
{
    int in[2], out[2];
    memset(program, 0, sizeof *program);
    CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    program->pid = fork();
    CHECK(program->pid >= 0);
    if (program->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(out[1], 2);
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    program->in = in[1];
    program->out = out[0];
    fcntl(program->out, F_SETFL, O_NONBLOCK);
}

static void program_listen(struct program *program)
{
    size_t room = sizeof program->said - 1 - program->said_size;
    ssize_t size = read(program->out, program->said + program->said_size, room);
    if (size > 0)
        program->said_size += (size_t)size;
    program->said[program->said_size] = 0;
}

static void program_say(const struct program *program, const char *words)
{
    CHECK_EQ(write(program->in, words, strlen(words)), (long)strlen(words));
}

static bool program_said(struct program *program, const char *words)
{
    program_listen(program);
    return strstr(program->said, words) != NULL;
}

static void program_end(struct program *program)
{
    close(program->in);
    close(program->out);
    kill(program->pid, SIGTERM);
    waitpid(program->pid, NULL, 0);
}

static void need_openssl(void)
{
    if (system("openssl version >/dev/null 2>&1") != 0)
        SKIP("there is no openssl program here");
    signal(SIGPIPE, SIG_IGN);
    need_certificates();
}

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&address, size), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* options: up to 6 more. */
static uint16_t server_start(struct rig *rig, struct program *program, const char *const options[6])
{
    char port[8];
    uint16_t number = free_port();
    snprintf(port, sizeof port, "%u", number);
    const char *arguments[20] = {"openssl", "s_server",        "-accept", port,
                                 "-cert",   certificates.leaf, "-key",    certificates.key};
    for (size_t i = 0; options[i]; i++)
        arguments[8 + i] = options[i];
    program_start(program, arguments);
    rig_make(rig, NULL);
    rig_trust(rig, (struct net_trust_config){.ca_bundle = certificates.authority});
    RIG_UNTIL(rig, program_said(program, "ACCEPT"));
    return number;
}

static void open_to(struct rig *rig, uint16_t port)
{
    rig_open(rig, "localhost", port);
    RIG_UNTIL(rig, rig->client.is_opened);
    CHECK_TEXT(rig->client.detail, "");
}

static void chat(struct rig *rig, struct program *program)
{
    end_send(&rig->client, "from us to openssl\n", RING_SEND_QUIET);
    RIG_UNTIL(rig, program_said(program, "from us to openssl"));
    program_say(program, "from openssl to us\n");
    RIG_UNTIL(rig, rig->client.size >= 19);
    CHECK_BYTES(rig->client.data, 19, "from openssl to us\n", 19);
}

TEST(we_speak_with_an_openssl_server_in_every_way_it_offers)
{
    static const struct {
        const char *options[6];
        bool is_tls13, is_own;
    } ways[] = {
        {{"-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"}, true, true},
        {{"-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"}, true, true},
        {{"-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"}, true, false},
        {{"-tls1_3", "-groups", "P-256"}, true, true},
        {{"-tls1_3", "-groups", "P-384"}, true, true},
        {{"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"}, false, true},
        {{"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"}, false, true},
        {{"-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"}, false, false},
    };
    need_openssl();
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct rig rig;
        struct program program;
        uint16_t port = server_start(&rig, &program, ways[i].options);
        for (int round = 0; round < 3; round++) {
            program.said_size = 0;
            open_to(&rig, port);
            const struct tls_session *session = rig.client.stream.tls;
            CHECK_EQ(session->ssl->options.tls1_3, ways[i].is_tls13);
            CHECK_EQ(session->is_own, ways[i].is_own);
            chat(&rig, &program);
            CHECK_EQ(net_counters(rig.net)->resumptions, round);
            end_close(&rig.client);
        }
        rig_remove(&rig);
        program_end(&program);
    }
}

TEST(an_openssl_server_may_renew_its_keys_and_ask_us_to)
{
    need_openssl();
    struct rig rig;
    struct program program;
    uint16_t port = server_start(&rig, &program, (const char *const[6]){"-tls1_3"});
    open_to(&rig, port);
    chat(&rig, &program);
    for (int i = 0; i < 3; i++) {
        size_t before = rig.client.size;
        program_say(&program, i == 1 ? "k\n" : "K\n");
        rig_turn_for(&rig, 30);
        program_say(&program, "with new keys\n");
        RIG_UNTIL(&rig, rig.client.size == before + 14);
        CHECK_BYTES(rig.client.data + before, 14, "with new keys\n", 14);
        program.said_size = 0;
        end_send(&rig.client, "and with ours\n", RING_SEND_QUIET);
        RIG_UNTIL(&rig, program_said(&program, "and with ours"));
    }
    CHECK(tls_session_renew(rig.client.stream.tls));
    program.said_size = 0;
    end_send(&rig.client, "renewed by ourselves\n", RING_SEND_QUIET);
    RIG_UNTIL(&rig, program_said(&program, "renewed by ourselves"));
    rig_remove(&rig);
    program_end(&program);
}

TEST(a_request_for_a_new_handshake_is_ignored)
{
    need_openssl();
    struct rig rig;
    struct program program;
    uint16_t port = server_start(&rig, &program, (const char *const[6]){"-tls1_2"});
    open_to(&rig, port);
    chat(&rig, &program);
    program_say(&program, "r\n");
    rig_turn_for(&rig, 50);
    CHECK(!rig.client.has_ended);
    rig_remove(&rig);
    program_end(&program);
}

TEST(an_openssl_server_that_is_killed_leaves_a_lost_connection)
{
    need_openssl();
    struct rig rig;
    struct program program;
    uint16_t port = server_start(&rig, &program, (const char *const[6]){"-tls1_3"});
    open_to(&rig, port);
    chat(&rig, &program);
    kill(program.pid, SIGKILL);
    RIG_UNTIL(&rig, rig.client.has_ended);
    CHECK_EQ(rig.client.ended, INIA_CONNECTION_LOST);
    rig_remove(&rig);
    program_end(&program);
}

TEST(a_large_file_of_an_openssl_server_arrives_whole)
{
    enum { SIZE = 64 << 20 };
    need_openssl();
    char *from = malloc(SIZE), *into = malloc(SIZE);
    char path[128];
    fill_pattern(from, SIZE, 5);
    snprintf(path, sizeof path, "%s/file", certificates.folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, from, SIZE) == SIZE);
    close(fd);
    char here[256];
    CHECK(getcwd(here, sizeof here) && chdir(certificates.folder) == 0);
    for (int old = 0; old <= 1; old++) {
        struct rig rig;
        struct program program;
        uint16_t port = server_start(
            &rig, &program, (const char *const[6]){old ? "-tls1_2" : "-tls1_3", "-WWW"});
        rig.client.stays_quiet = true;
        open_to(&rig, port);
        char head[256];
        static const char expected[] = "HTTP/1.0 200 ok\r\nContent-type: text/plain\r\n\r\n";
        net_stream_receive_into(&rig.client.stream, head, sizeof expected - 1);
        end_send(&rig.client, "GET /file HTTP/1.0\r\n\r\n", RING_SEND_QUIET);
        RIG_UNTIL(&rig, rig.client.fills == 1);
        CHECK_BYTES(head, rig.client.filled, expected, sizeof expected - 1);
        net_stream_receive_into(&rig.client.stream, into, SIZE);
        RIG_UNTIL(&rig, rig.client.fills == 2);
        CHECK_EQ(rig.client.filled, SIZE);
        CHECK(memcmp(from, into, SIZE) == 0);
        net_stream_receive(&rig.client.stream);
        RIG_UNTIL(&rig, rig.client.has_ended);
        CHECK_EQ(rig.client.ended, INIA_OK);
        rig_remove(&rig);
        program_end(&program);
    }
    CHECK_EQ(chdir(here), 0);
    unlink(path);
    free(from);
    free(into);
}

TEST(an_openssl_client_is_served_in_every_way)
{
    static const char *const ways[][2] = {
        {"-tls1_3", NULL}, {"-tls1_2", NULL}, {"-tls1_3", "TLS_CHACHA20_POLY1305_SHA256"}};
    need_openssl();
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct rig rig;
        struct program program;
        char where[32];
        rig_make(&rig, NULL);
        rig_identity(&rig, &certificates);
        rig.server.echoes = true;
        snprintf(where, sizeof where, "localhost:%u", rig.listener.port);
        const char *arguments[16] = {
            "openssl",
            "s_client",
            "-connect",
            where,
            "-4",
            "-CAfile",
            certificates.authority,
            "-verify_return_error",
            "-verify_hostname",
            "localhost",
            ways[i][0],
            ways[i][1] ? "-ciphersuites" : NULL,
            ways[i][1]};
        program_start(&program, arguments);
        RIG_UNTIL(&rig, program_said(&program, "Verify return code: 0 (ok)"));
        program_say(&program, "hello from openssl\n");
        RIG_UNTIL(&rig, program_said(&program, "\nhello from openssl\n"));
        if (strcmp(ways[i][0], "-tls1_3") == 0) {
            program_say(&program, "K\n");
            rig_turn_for(&rig, 30);
            program_say(&program, "after new keys\n");
            RIG_UNTIL(&rig, program_said(&program, "\nafter new keys\n"));
        }
        program_say(&program, "Q\n");
        RIG_UNTIL(&rig, rig.server.has_ended);
        CHECK_EQ(rig.server.ended, INIA_OK);
        rig_remove(&rig);
        program_end(&program);
    }
}
