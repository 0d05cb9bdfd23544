#include <cstring>
#include "CSimdjson.h"

#include <algorithm>
#include <charconv>
#include <simdjson.h>

struct csj_parser {
    simdjson::dom::parser parser;
};

size_t csj_padding(void) { return simdjson::SIMDJSON_PADDING; }

csj_parser *csj_new(void) { return new (std::nothrow) csj_parser(); }

void csj_free(csj_parser *parser) { delete parser; }

int csj_parse(csj_parser *parser, const char *json, size_t length) {
    return static_cast<int>(parser->parser.parse(json, length, false).error());
}

const uint64_t *csj_tape(const csj_parser *parser) { return parser->parser.doc.tape.get(); }

const uint8_t *csj_strings(const csj_parser *parser) { return parser->parser.doc.string_buf.get(); }

const char *csj_error_message(int code) {
    return simdjson::error_message(static_cast<simdjson::error_code>(code));
}

int csj_minify(const char *json, size_t length, char *destination, size_t *written) {
    return static_cast<int>(simdjson::minify(json, length, destination, *written));
}

int csj_is_utf8(const char *bytes, size_t length) { return simdjson::validate_utf8(bytes, length); }

size_t csj_format_double(double value, char *buffer) {
    char *end = std::to_chars(buffer, buffer + 30, value).ptr;
    // Up to 1e21 the shortest text may be plain digits, which a reader takes for an integer that 64 bits cannot hold.
    if ((value >= 9e18 || value <= -9e18) && std::find_if(buffer, end, [](char c) { return c == '.' || c == 'e'; }) == end) {
        *end++ = '.';
        *end++ = '0';
    }
    return static_cast<size_t>(end - buffer);
}

ptrdiff_t csj_find(const void *bytes, size_t length, const void *needle, size_t needle_length) {
    // memmem is no standard function: Swift's import of the C library does not show it everywhere.
    const void *found = memmem(bytes, length, needle, needle_length);
    return found == nullptr ? -1 : static_cast<const char *>(found) - static_cast<const char *>(bytes);
}
