/*
 * How wolfSSL is built here, and what everyone who includes its headers must see: the layout of its
 * structs depends on it. Include <wolfssl/options.h> before any other header of wolfSSL.
 */
#ifndef WOLFSSL_OPTIONS_H
#define WOLFSSL_OPTIONS_H

/* The platform and the compiler. */
#define WOLFSSL_HAVE_ATOMIC_H
#define HAVE_C___ATOMIC 1
#define HAVE_THREAD_LS
#define HAVE___UINT128_T 1
#define HAVE_SYS_TIME_H
#define HAVE_GMTIME_R /* gmtime()'s one buffer would be shared by the engines of all threads */
#define HAVE_GETADDRINFO
#define WC_NO_ASYNC_THREADING
#define WOLFSSL_USE_ALIGN
#define NO_DO178

/* Randomness: one system call; the other way opens a device ten times in a handshake. */
#define WOLFSSL_GETRANDOM
#define HAVE_HASHDRBG

/* Secrets take the same time whatever they are. */
#define TFM_TIMING_RESISTANT
#define ECC_TIMING_RESISTANT
#define WC_RSA_BLINDING

/* Digests and ciphers. WOLF_CRYPTO_CB lets a faster AES-GCM stand in. */
#define WOLFSSL_SHA224
#define WOLFSSL_SHA384
#define WOLFSSL_SHA512
#define WOLFSSL_NO_SHAKE128
#define WOLFSSL_NO_SHAKE256
#define HAVE_HKDF
#define HAVE_AESGCM
#define HAVE_CHACHA
#define HAVE_POLY1305
#define WOLF_CRYPTO_CB

/* Keys and signatures. */
#define HAVE_ECC
#define ECC_SHAMIR
#define HAVE_ECC384
#define HAVE_ECC521
#define HAVE_CURVE25519
#define HAVE_ED25519
#define WC_RSA_PSS
#define WOLFSSL_PSS_LONG_SALT
#define WOLFSSL_HAVE_SP_RSA
#define WOLFSSL_HAVE_SP_ECC
#define WOLFSSL_SP_384
#define WOLFSSL_SP_521
#define WOLFSSL_SP_4096
#define WOLFSSL_SP_LARGE_CODE
#define WOLFSSL_SP_MATH_ALL

/* Certificates. Alternative chains because public roots are cross-signed. */
#define WOLFSSL_ASN_TEMPLATE
#define WOLFSSL_ASN_PRINT
#define WOLFSSL_BASE64_ENCODE
#define WOLFSSL_ALT_CERT_CHAINS
#define WOLFSSL_SYS_CA_CERTS

/* Making certificates, for the embedded endpoint and the tests. */
#define WOLFSSL_CERT_GEN
#define WOLFSSL_CERT_EXT
#define WOLFSSL_CERT_REQ
#define WOLFSSL_KEY_GEN
#define WOLFSSL_ALT_NAMES
#define WOLFSSL_DER_TO_PEM
#define WOLFSSL_PEM_TO_DER

/* TLS. ATOMIC_USER exports the record keys: the engine seals and opens records itself. */
#define WOLFSSL_TLS13
#define HAVE_TLS_EXTENSIONS
#define HAVE_SNI
#define HAVE_ALPN
#define HAVE_SUPPORTED_CURVES
#define HAVE_SESSION_TICKET
#define HAVE_EXTENDED_MASTER
#define HAVE_ENCRYPT_THEN_MAC
#define HAVE_SERVER_RENEGOTIATION_INFO
#define HAVE_SECRET_CALLBACK
#define WOLFSSL_AEAD_ONLY
#define WOLFSSL_EXTRA_ALERTS
#define ATOMIC_USER

/* The session cache takes 2 MB unless it is micro; without one, sessions cannot be kept at all. */
#define MICRO_SESSION_CACHE

/* Left out. */
#define NO_ERROR_QUEUE
#define NO_OLD_TLS
#define NO_DSA
#define NO_DH
#define NO_RC4
#define NO_PSK
#define NO_MD4
#define NO_PKCS12
#define NO_PWDBASED
#define NO_DES3
#define NO_DES3_TLS_SUITES

/* x86-64: AES-NI, AVX and SHA instructions, chosen by CPUID when the program runs. */
#ifdef __x86_64__
#define WOLFSSL_X86_64_BUILD
#define WOLFSSL_AESNI
#define USE_INTEL_SPEEDUP
#define WOLFSSL_SP_X86_64
#define WOLFSSL_SP_ASM
#define WOLFSSL_SP_X86_64_ASM

/* AES-NI needs no table for GCM: each key is 400 bytes smaller without. */
#define GCM_SMALL
#else
#define GCM_TABLE_4BIT
#endif

#endif
