/*
 * crypto: digests, HMAC, checksums and ECDSA. Digests by wolfCrypt (SHA-NI where the CPU has it),
 * CRCs by ISA-L's unit, XXH by xxHash. It does not know TLS (net) or AWS's use of any of this
 * (signing). Owns no memory; blocks never.
 *
 *   unsigned char digest[SHA256_SIZE];
 *   sha256_once(digest, TEXT("abc"));
 *   struct hmac_sha256_key key;
 *   hmac_sha256_key_init(&key, secret);   // both pads hashed once ...
 *   hmac_sha256(digest, &key, message);   // ... two compressions saved on each use
 *   struct checksum checksum;             // any of S3's ten, by enum
 *   checksum_init(&checksum, checksum_from_name(TEXT("CRC64NVME")));
 *   checksum_add(&checksum, body);
 *   size_t size = checksum_finish(&checksum, bytes);
 *   sha256_lanes_run(jobs, count);        // many digests at once, with AVX-512
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "big_endian.h"
#include "checksum.h"
#include "digest.h"
#include "ecdsa.h"
#include "lanes.h"
#include "tree_hash.h"

#endif
