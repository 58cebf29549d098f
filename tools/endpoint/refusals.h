/* refusals: what is said when a request is not granted; S3's codes, and what SQS says instead. */
#ifndef ENDPOINT_REFUSALS_H
#define ENDPOINT_REFUSALS_H

#include "request.h"

extern const struct refusal refusal_access_denied, refusal_bad_chunks, refusal_bad_digest,
    refusal_bad_upload_part, refusal_bucket_exists, refusal_bucket_not_empty, refusal_expired_token,
    refusal_invalid_token, refusal_entity_too_large, refusal_entity_too_small,
    refusal_incomplete_body, refusal_internal, refusal_invalid_access_key, refusal_invalid_argument,
    refusal_invalid_bucket, refusal_invalid_digest, refusal_invalid_range, refusal_invalid_request,
    refusal_key_too_long, refusal_malformed_authorization, refusal_malformed_xml,
    refusal_metadata_too_large, refusal_method_not_allowed, refusal_missing_length,
    refusal_no_memory, refusal_no_such_bucket, refusal_no_such_key, refusal_no_such_upload,
    refusal_not_implemented, refusal_part_order, refusal_payload_mismatch,
    refusal_precondition_failed, refusal_request_expired, refusal_signature, refusal_slow_down,
    refusal_text_too_large, refusal_time_skewed, refusal_too_old;

#endif
