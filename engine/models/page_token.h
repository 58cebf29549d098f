/*
 * page_token: the tokens of a paginator as one opaque string, as botocore writes and reads it (its
 * StartingToken, the AWS CLI's NextToken): base64 of a JSON object in the words of Python's
 * json.dumps(). Bytes are base64 inside it, and named by path under "boto_encoded_keys".
 */
#ifndef MODELS_PAGE_TOKEN_H
#define MODELS_PAGE_TOKEN_H

#include "base/base.h"
#include "formats/formats.h"

/*
 * Adds the string. token: an object; its blobs are base64 text, as in all JSON of ours. blobs: the
 * list of where they are, each a list of member names and indexes; NULL: nowhere.
 */
void page_token_encode(
    struct buffer *out, const struct json_value *token, const struct json_value *blobs);

/* The object without boto_encoded_keys, in arena; NULL: it is no such string, or no memory. */
struct json_value *page_token_decode(text encoded, struct json_parser *parser, struct arena *arena);

#endif
