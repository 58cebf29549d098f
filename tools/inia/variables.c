#include "variables.h"

/* botocore's session variables (configprovider.py), the AWS CLI's documented ones and those that
 * all SDKs share. */
static const struct variable variables[] = {
    {"ALL_PROXY", NULL},
    {"HTTPS_PROXY", NULL},
    {"HTTP_PROXY", NULL},
    {"NO_PROXY", NULL},
    {"AWS_ACCESS_KEY_ID", NULL},
    {"AWS_ACCOUNT_ID", NULL},
    {"AWS_ACCOUNT_ID_ENDPOINT_MODE", NULL},
    {"AWS_AUTH_SCHEME_PREFERENCE", NULL},
    {"AWS_BEARER_TOKEN_", NULL},
    {"AWS_CA_BUNDLE", NULL},
    {"AWS_CLI_", "it is for the AWS CLI's own screen and files"},
    {"AWS_CONFIG_FILE", NULL},
    {"AWS_CONTAINER_AUTHORIZATION_TOKEN", NULL},
    {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", NULL},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI", NULL},
    {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", NULL},
    {"AWS_CREDENTIAL_EXPIRATION", NULL},
    {"AWS_CREDENTIAL_FILE", "it is of tools from before 2013; use ~/.aws/credentials"},
    {"AWS_CSM_", "botocore's monitoring of clients is internal to it"},
    {"AWS_DATA_PATH", NULL},
    {"AWS_DEFAULTS_MODE", NULL},
    {"AWS_DEFAULT_OUTPUT", NULL},
    {"AWS_DEFAULT_PROFILE", NULL},
    {"AWS_DEFAULT_REGION", NULL},
    {"AWS_DISABLE_HOST_PREFIX_INJECTION", NULL},
    {"AWS_DISABLE_REQUEST_COMPRESSION", NULL},
    {"AWS_EC2_METADATA_DISABLED", NULL},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT", NULL},
    {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", NULL},
    {"AWS_EC2_METADATA_V1_DISABLED", NULL},
    {"AWS_ENABLE_ENDPOINT_DISCOVERY", NULL},
    {"AWS_ENDPOINT_DISCOVERY_ENABLED", NULL},
    {"AWS_ENDPOINT_URL", NULL},
    {"AWS_ENDPOINT_URL_", NULL},
    {"AWS_EXECUTION_ENV", NULL},
    {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", NULL},
    {"AWS_IMDS_USE_IPV6", NULL},
    {"AWS_LAMBDA_", NULL},
    {"AWS_LOGIN_CACHE_DIRECTORY", NULL},
    {"AWS_MAX_ATTEMPTS", NULL},
    {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", NULL},
    {"AWS_METADATA_SERVICE_TIMEOUT", NULL},
    {"AWS_PAGER", "nothing is paged"},
    {"AWS_PROFILE", NULL},
    {"AWS_REGION", NULL},
    {"AWS_REQUEST_CHECKSUM_CALCULATION", NULL},
    {"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", NULL},
    {"AWS_RESPONSE_CHECKSUM_VALIDATION", NULL},
    {"AWS_RETRY_MODE", NULL},
    {"AWS_ROLE_ARN", NULL},
    {"AWS_ROLE_SESSION_NAME", NULL},
    {"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", NULL},
    {"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", NULL},
    {"AWS_S3_USE_ARN_REGION", NULL},
    {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", NULL},
    {"AWS_SDK_LOAD_CONFIG", "~/.aws/config is always read"},
    {"AWS_SDK_UA_APP_ID", NULL},
    {"AWS_SECRET_ACCESS_KEY", NULL},
    {"AWS_SECURITY_TOKEN", NULL},
    {"AWS_SESSION_TOKEN", NULL},
    {"AWS_SHARED_CREDENTIALS_FILE", NULL},
    {"AWS_SIGV4A_SIGNING_REGION_SET", NULL},
    {"AWS_STS_REGIONAL_ENDPOINTS", NULL},
    {"AWS_USE_DUALSTACK_ENDPOINT", NULL},
    {"AWS_USE_FIPS_ENDPOINT", NULL},
    {"AWS_WEB_IDENTITY_TOKEN_FILE", NULL},
    {"BOTOCORE_TCP_KEEPALIVE", "connections are always kept alive where that helps"},
    {"BOTO_CONFIG", "it is of boto before 2015"},
};

const struct variable *variable_find(text name)
{
    const struct variable *family = NULL;
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        text known = text_of(variables[i].name);
        if (text_equals(known, name))
            return &variables[i];
        if (text_ends_with(known, TEXT("_")) && text_starts_with(name, known))
            family = &variables[i];
    }
    return family;
}
