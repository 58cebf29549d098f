#include "json_index.h"

#include <memory>
#include <new>
#include <simdjson.h>

static_assert(JSON_INDEX_PADDING >= simdjson::SIMDJSON_PADDING, "simdjson reads further");

namespace
{
constexpr size_t first_capacity = 4096;
constexpr size_t kept_capacity = size_t(1) << 20;
constexpr size_t largest_text = size_t(1) << 31;
} // namespace

struct json_index {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation;
};

/* Texts differ in size, so capacity doubles; what one huge text needed is not kept for small ones.
 */
static bool fit(simdjson::internal::dom_parser_implementation &implementation, size_t size)
{
    size_t capacity = implementation.capacity();
    if (size <= capacity && (capacity <= kept_capacity || size > kept_capacity / 4))
        return true;
    capacity = first_capacity;
    while (capacity < size)
        capacity *= 2;
    return implementation.set_capacity(capacity) == simdjson::SUCCESS;
}

extern "C" json_index *json_index_new(void)
{
    auto index = new (std::nothrow) json_index;
    if (!index)
        return nullptr;
    auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        first_capacity, 1, index->implementation);
    if (error == simdjson::SUCCESS)
        return index;
    delete index;
    return nullptr;
}

extern "C" void json_index_free(json_index *index)
{
    delete index;
}

extern "C" json_index_answer json_index_run(
    json_index *index, const char *padded, size_t size, const uint32_t **starts, size_t *count)
{
    if (size >= largest_text)
        return JSON_INDEX_TOO_LARGE;
    if (!fit(*index->implementation, size))
        return JSON_INDEX_NO_MEMORY;
    auto error = index->implementation->stage1(
        reinterpret_cast<const uint8_t *>(padded), size, simdjson::stage1_mode::regular);
    *starts = index->implementation->structural_indexes.get();
    *count = index->implementation->n_structural_indexes;
    switch (error) {
    case simdjson::SUCCESS:
        return JSON_INDEX_OK;
    case simdjson::EMPTY:
        return JSON_INDEX_EMPTY;
    case simdjson::UTF8_ERROR:
        return JSON_INDEX_NOT_UTF8;
    case simdjson::UNCLOSED_STRING:
        return JSON_INDEX_OPEN_STRING;
    case simdjson::UNESCAPED_CHARS:
        return JSON_INDEX_CONTROL_CHARACTER;
    case simdjson::MEMALLOC:
        return JSON_INDEX_NO_MEMORY;
    default:
        return JSON_INDEX_TOO_LARGE;
    }
}
