/* standard: the rule set of a service whose model came without one. It is what most services' own
 * are: their prefix, the region and the partition's suffix, with FIPS, dual stack or both. */
#include "endpoints.h"
#include "functions.h"

/* @ stands for the service's prefix. */
static const char rules[] =
    "{\"version\":\"1.0\",\"parameters\":{"
    "\"Region\":{\"builtIn\":\"AWS::Region\",\"required\":false,\"type\":\"string\"},"
    "\"UseDualStack\":{\"builtIn\":\"AWS::UseDualStack\",\"required\":true,\"default\":false,"
    "\"type\":\"boolean\"},"
    "\"UseFIPS\":{\"builtIn\":\"AWS::UseFIPS\",\"required\":true,\"default\":false,"
    "\"type\":\"boolean\"},"
    "\"Endpoint\":{\"builtIn\":\"SDK::Endpoint\",\"required\":false,\"type\":\"string\"}},"
    "\"rules\":["
    "{\"conditions\":[{\"fn\":\"isSet\",\"argv\":[{\"ref\":\"Endpoint\"}]}],"
    "\"endpoint\":{\"url\":{\"ref\":\"Endpoint\"}},\"type\":\"endpoint\"},"
    "{\"conditions\":[{\"fn\":\"isSet\",\"argv\":[{\"ref\":\"Region\"}]},"
    "{\"fn\":\"aws.partition\",\"argv\":[{\"ref\":\"Region\"}],\"assign\":\"P\"}],"
    "\"rules\":["
    "{\"conditions\":[{\"fn\":\"booleanEquals\",\"argv\":[{\"ref\":\"UseFIPS\"},true]},"
    "{\"fn\":\"booleanEquals\",\"argv\":[{\"ref\":\"UseDualStack\"},true]}],"
    "\"endpoint\":{\"url\":\"https://@-fips.{Region}.{P#dualStackDnsSuffix}\"},"
    "\"type\":\"endpoint\"},"
    "{\"conditions\":[{\"fn\":\"booleanEquals\",\"argv\":[{\"ref\":\"UseFIPS\"},true]}],"
    "\"endpoint\":{\"url\":\"https://@-fips.{Region}.{P#dnsSuffix}\"},\"type\":\"endpoint\"},"
    "{\"conditions\":[{\"fn\":\"booleanEquals\",\"argv\":[{\"ref\":\"UseDualStack\"},true]}],"
    "\"endpoint\":{\"url\":\"https://@.{Region}.{P#dualStackDnsSuffix}\"},"
    "\"type\":\"endpoint\"},"
    "{\"conditions\":[],\"endpoint\":{\"url\":\"https://@.{Region}.{P#dnsSuffix}\"},"
    "\"type\":\"endpoint\"}],\"type\":\"tree\"},"
    "{\"conditions\":[],\"error\":\"Invalid Configuration: Missing Region\",\"type\":\"error\"}]}";

const struct json_value *endpoint_standard_rules(
    text prefix, struct json_parser *parser, struct arena *arena, inia_error *error)
{
    struct json_problem problem;
    struct buffer out;
    if (!is_host_label(prefix, true)) {
        error_set(
            error, INIA_BAD_CONFIG, "the model's endpointPrefix, '%.*s', is no host name",
            TEXT_ARGS(prefix));
        return NULL;
    }
    buffer_init(&out, arena);
    for (text rest = text_of(rules); rest.data;) {
        buffer_add(&out, text_split(rest, '@', &rest));
        buffer_add(&out, rest.data ? prefix : TEXT(""));
    }
    const struct json_value *document =
        buffer_ok(&out) ? json_parse(parser, buffer_text(&out), arena, &problem) : NULL;
    if (!document)
        (void)error_no_memory(error, "endpoint rules");
    return document;
}
