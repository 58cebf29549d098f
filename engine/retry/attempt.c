#include "attempt.h"

static bool is_one_of(text code, const text *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equals(code, codes[i]))
            return true;
    return false;
}

bool retry_is_transient(int http_status, text error_code)
{
    static const text codes[] = {
        TEXT_INIT("RequestTimeout"),
        TEXT_INIT("RequestTimeoutException"),
        TEXT_INIT("PriorRequestNotComplete"),
    };
    if (http_status == 500 || http_status == 502 || http_status == 503 || http_status == 504)
        return true;
    return is_one_of(error_code, codes, COUNT_OF(codes));
}

bool retry_is_throttling(text error_code)
{
    static const text codes[] = {
        TEXT_INIT("Throttling"),
        TEXT_INIT("ThrottlingException"),
        TEXT_INIT("ThrottledException"),
        TEXT_INIT("RequestThrottledException"),
        TEXT_INIT("TooManyRequestsException"),
        TEXT_INIT("ProvisionedThroughputExceededException"),
        TEXT_INIT("TransactionInProgressException"),
        TEXT_INIT("RequestLimitExceeded"),
        TEXT_INIT("BandwidthLimitExceeded"),
        TEXT_INIT("LimitExceededException"),
        TEXT_INIT("RequestThrottled"),
        TEXT_INIT("SlowDown"),
        TEXT_INIT("PriorRequestNotComplete"),
        TEXT_INIT("EC2ThrottledException"),
    };
    return is_one_of(error_code, codes, COUNT_OF(codes));
}

static bool is_skewed(text error_code)
{
    static const text codes[] = {
        TEXT_INIT("RequestTimeTooSkewed"),
        TEXT_INIT("RequestExpired"),
        TEXT_INIT("RequestInTheFuture"),
    };
    return is_one_of(error_code, codes, COUNT_OF(codes));
}

/* Services that do not tell a wrong time from a wrong key. */
static bool may_be_skewed(text error_code)
{
    static const text codes[] = {
        TEXT_INIT("InvalidSignatureException"),
        TEXT_INIT("SignatureDoesNotMatch"),
        TEXT_INIT("AuthFailure"),
    };
    return is_one_of(error_code, codes, COUNT_OF(codes));
}

static bool is_expired(text error_code)
{
    static const text codes[] = {
        TEXT_INIT("ExpiredToken"),
        TEXT_INIT("ExpiredTokenException"),
    };
    return is_one_of(error_code, codes, COUNT_OF(codes));
}

/* What servers that are not AWS's say; the SDKs' specification does not know these. */
static enum retry_class classify_other_status(int http_status)
{
    switch (http_status) {
    case 429:
    case 509:
        return RETRY_THROTTLED;
    case 408:
    case 425:
    case 598:
    case 599:
        return RETRY_TRANSIENT;
    default:
        return RETRY_NOT;
    }
}

static enum retry_class classify_answer(enum retry_mode mode, const struct retry_attempt *attempt)
{
    if (attempt->modelled == RETRY_MODELLED_THROTTLING || retry_is_throttling(attempt->error_code))
        return RETRY_THROTTLED;
    if (attempt->modelled == RETRY_MODELLED ||
        retry_is_transient(attempt->http_status, attempt->error_code))
        return RETRY_TRANSIENT;
    if (text_equals(attempt->service, TEXT("sts")) &&
        text_equals(attempt->error_code, TEXT("IDPCommunicationError")))
        return RETRY_TRANSIENT;
    if (is_skewed(attempt->error_code) ||
        (attempt->clock_off && may_be_skewed(attempt->error_code)))
        return RETRY_SKEWED;
    if (is_expired(attempt->error_code))
        return RETRY_EXPIRED;
    return mode == RETRY_INIA ? classify_other_status(attempt->http_status) : RETRY_NOT;
}

enum retry_class retry_classify(enum retry_mode mode, const struct retry_attempt *attempt)
{
    switch (attempt->status) {
    case INIA_SERVICE_ERROR:
        return classify_answer(mode, attempt);
    case INIA_CONNECT_FAILED:
    case INIA_CONNECTION_LOST:
    case INIA_BAD_RESPONSE:
        return RETRY_TRANSIENT;
    case INIA_TIMED_OUT:
        return RETRY_TIMEOUT;
    default:
        return RETRY_NOT;
    }
}
