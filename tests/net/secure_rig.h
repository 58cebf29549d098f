/*
 * secure_rig: a rig whose two ends speak TLS with each other, with certificates made once for all
 * the tests of a program.
 */
#ifndef TESTS_NET_SECURE_RIG_H
#define TESTS_NET_SECURE_RIG_H

#include "rig.h"

static struct certificates certificates;

__attribute__((destructor)) static void clean_up(void)
{
    if (certificates.folder[0])
        certificates_remove(&certificates);
}

static inline void need_certificates(void)
{
    if (!certificates.folder[0])
        certificates_make(&certificates, (struct net_certificate_config){0});
}

static inline void make_secure(struct rig *rig)
{
    need_certificates();
    rig_make(rig, NULL);
    rig_identity(rig, &certificates);
    rig_trust(rig, (struct net_trust_config){.ca_bundle = certificates.authority});
}

/* Opens, and says two things that come back. */
static inline void talk(struct rig *rig)
{
    rig->server.echoes = true;
    rig_connect(rig, "127.0.0.1");
    end_send(&rig->client, "hello", RING_SEND_QUIET);
    RIG_UNTIL(rig, rig->client.size == 5);
    CHECK_BYTES(rig->client.data, 5, "hello", 5);
    end_send(&rig->client, " again", RING_SEND_REPORT);
    RIG_UNTIL(rig, rig->client.size == 11 && rig->client.sents == 1);
    CHECK_EQ(rig->client.sent, INIA_OK);
    CHECK_EQ(rig->server.sents, 0);
    CHECK_BYTES(rig->client.data, 11, "hello again", 11);
}

#endif
