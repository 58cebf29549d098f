#include "refusals.h"

#define REFUSAL(name, status, code, message)                                                       \
    const struct refusal refusal_##name = {status, TEXT_INIT(code), TEXT_INIT(message), {NULL, 0}}

REFUSAL(access_denied, 403, "AccessDenied", "Access Denied");
REFUSAL(bad_chunks, 400, "InvalidChunkSizeError", "The framing of the body is not valid.");
REFUSAL(bad_digest, 400, "BadDigest", "The checksum you specified did not match what we received.");
REFUSAL(
    bad_upload_part, 400, "InvalidPart",
    "One or more of the specified parts could not be found. The part might not have been "
    "uploaded, or the specified entity tag might not have matched the part's entity tag.");
REFUSAL(
    bucket_exists, 409, "BucketAlreadyOwnedByYou",
    "Your previous request to create the named bucket succeeded and you already own it.");
REFUSAL(bucket_not_empty, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty.");
REFUSAL(
    entity_too_large, 400, "EntityTooLarge",
    "Your proposed upload exceeds the maximum allowed size.");
REFUSAL(
    entity_too_small, 400, "EntityTooSmall",
    "Your proposed upload is smaller than the minimum allowed size.");
REFUSAL(
    incomplete_body, 400, "IncompleteBody",
    "You did not provide the number of bytes specified by the Content-Length HTTP header.");
REFUSAL(internal, 500, "InternalError", "We encountered an internal error. Please try again.");
REFUSAL(
    invalid_access_key, 403, "InvalidAccessKeyId",
    "The AWS Access Key Id you provided does not exist in our records.");
REFUSAL(invalid_argument, 400, "InvalidArgument", "Invalid Argument");
REFUSAL(invalid_bucket, 400, "InvalidBucketName", "The specified bucket is not valid.");
REFUSAL(invalid_digest, 400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
REFUSAL(invalid_range, 416, "InvalidRange", "The requested range is not satisfiable");
REFUSAL(invalid_request, 400, "InvalidRequest", "Invalid Request");
REFUSAL(key_too_long, 400, "KeyTooLongError", "Your key is too long");
REFUSAL(
    malformed_authorization, 400, "AuthorizationHeaderMalformed",
    "The authorization header that you provided is not valid.");
REFUSAL(
    malformed_xml, 400, "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema");
REFUSAL(
    metadata_too_large, 400, "MetadataTooLarge",
    "Your metadata headers exceed the maximum allowed metadata size");
REFUSAL(
    method_not_allowed, 405, "MethodNotAllowed",
    "The specified method is not allowed against this resource.");
REFUSAL(
    missing_length, 411, "MissingContentLength",
    "You must provide the Content-Length HTTP header.");
REFUSAL(no_memory, 503, "SlowDown", "The endpoint's memory is used up; see --max-memory.");
REFUSAL(no_such_bucket, 404, "NoSuchBucket", "The specified bucket does not exist");
REFUSAL(no_such_key, 404, "NoSuchKey", "The specified key does not exist.");
REFUSAL(
    no_such_upload, 404, "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
    "been aborted or completed.");
REFUSAL(
    not_implemented, 501, "NotImplemented",
    "A header or query you provided implies functionality that is not implemented");
REFUSAL(
    part_order, 400, "InvalidPartOrder",
    "The list of parts was not in ascending order. Parts must be ordered by part number.");
REFUSAL(
    payload_mismatch, 400, "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.");
REFUSAL(
    precondition_failed, 412, "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold");
REFUSAL(invalid_token, 400, "InvalidToken", "The provided token is not that of the session.");
REFUSAL(expired_token, 400, "ExpiredToken", "The provided token has expired.");
REFUSAL(request_expired, 403, "AccessDenied", "Request has expired");
REFUSAL(
    signature, 403, "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your "
    "key and signing method.");
REFUSAL(slow_down, 503, "SlowDown", "Please reduce your request rate.");
REFUSAL(text_too_large, 400, "MaxMessageLengthExceeded", "Your request was too large.");
REFUSAL(
    time_skewed, 403, "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.");
REFUSAL(too_old, 400, "RequestTimeout", "The request took too long.");
