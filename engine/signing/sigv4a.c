#include "sigv4a.h"

void sigv4a_signer_init(struct sigv4a_signer *signer)
{
    *signer = (struct sigv4a_signer){0};
}

void sigv4a_signer_release(struct sigv4a_signer *signer)
{
    ecdsa_random_release(&signer->random);
    memory_wipe(signer, sizeof *signer);
}

bool sigv4a_derive(
    unsigned char private_key[ECDSA_SCALAR_SIZE], text access_key_id, text secret_key)
{
    char key[SECRET_MOST + 5] = "AWS4A", memory[1024 + 64];
    check(secret_key.size <= SECRET_MOST);
    if (secret_key.size)
        memcpy(key + 5, secret_key.data, secret_key.size);
    struct hmac_sha256_key hmac;
    hmac_sha256_key_init(&hmac, text_from(key, secret_key.size + 5));

    struct buffer input;
    buffer_init_fixed(&input, memory, sizeof memory);
    buffer_add(&input, TEXT("\0\0\0\1AWS4-ECDSA-P256-SHA256\0"));
    buffer_add(&input, access_key_id);
    size_t counter_at = input.size;
    buffer_add(&input, TEXT("\1\0\0\1\0"));
    bool derived = false;
    unsigned char most[ECDSA_SCALAR_SIZE];
    memcpy(most, ecdsa_order, sizeof most);
    most[sizeof most - 1] = (unsigned char)(most[sizeof most - 1] - 2);
    for (unsigned counter = 1; buffer_ok(&input) && !derived && counter < 255; counter++) {
        memory[counter_at] = (char)counter;
        hmac_sha256(private_key, &hmac, buffer_text(&input));
        derived = big_endian_compare(private_key, most, sizeof most) <= 0;
    }
    big_endian_add_one(private_key, ECDSA_SCALAR_SIZE);
    memory_wipe(key, sizeof key);
    memory_wipe(&hmac, sizeof hmac);
    return derived;
}

const struct ecdsa_key *sigv4a_key_for(
    struct sigv4a_signer *signer, text access_key_id, const struct secret *secret_key)
{
    unsigned char hash[SHA256_SIZE], private_key[ECDSA_SCALAR_SIZE] = {0};
    sha256_once(hash, access_key_id);
    if (signer->has_key && memcmp(hash, signer->access_key_id_hash, sizeof hash) == 0 &&
        text_equals(secret_text(&signer->secret_key), secret_text(secret_key)))
        return &signer->key;
    memory_wipe(&signer->key, sizeof signer->key);
    signer->has_key = sigv4a_derive(private_key, access_key_id, secret_text(secret_key)) &&
                      ecdsa_key_init(&signer->key, private_key, &signer->random);
    memory_wipe(private_key, sizeof private_key);
    memcpy(signer->access_key_id_hash, hash, sizeof hash);
    signer->secret_key = *secret_key;
    return signer->has_key ? &signer->key : NULL;
}

size_t sigv4a_signature(
    char signature[SIGV4A_SIGNATURE_MOST], const struct ecdsa_key *key, struct ecdsa_random *random,
    text to_sign)
{
    unsigned char digest[SHA256_SIZE], der[ECDSA_SIGNATURE_MOST];
    sha256_once(digest, to_sign);
    size_t size = ecdsa_sign(der, key, random, digest);
    hex_encode(signature, der, size);
    return 2 * size;
}

bool sigv4a_is_signature(text signature, const struct ecdsa_key *key, text to_sign)
{
    unsigned char digest[SHA256_SIZE], der[ECDSA_SIGNATURE_MOST];
    size_t size = signature.size / 2;
    if (size > sizeof der || !hex_decode(der, signature))
        return false;
    sha256_once(digest, to_sign);
    return ecdsa_verify(key->public_x, key->public_y, digest, text_from(der, size));
}
