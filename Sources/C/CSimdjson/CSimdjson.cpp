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

// Both brackets that open (or close) a scope differ in one bit only.
static bool opens(char byte) { return (byte | 0x20) == '{'; }
static bool closes(char byte) { return (byte | 0x20) == '}'; }

/// The structural index behind the value at `at`.
static size_t behind_value(const char *json, const uint32_t *marks, size_t count, size_t at) {
    if (at >= count || !opens(json[marks[at]])) return at + 1;
    size_t depth = 0;
    do {
        const char byte = json[marks[at]];
        depth += opens(byte);
        depth -= closes(byte);
        ++at;
    } while (depth > 0 && at < count);
    return at;
}

int csj_cut(
    const csj_parser *parser, const char *json, size_t length, const char *key, size_t key_length, char *destination,
    size_t *written, size_t *elements) {
    const auto *parsed = parser->parser.implementation.get();
    if (parsed == nullptr) return 0;
    // Where each bracket, comma and colon is, and where each string and scalar begins, as the parse left it.
    const uint32_t *marks = parsed->structural_indexes.get();
    const size_t count = parsed->n_structural_indexes;
    if (count == 0 || json[marks[0]] != '{') return 0;
    bool found = false;
    size_t at = 1;
    while (at + 2 < count && json[marks[at]] == '"') {
        const size_t name = marks[at] + size_t(1);
        const bool is_wanted = length - name > key_length && std::memcmp(json + name, key, key_length) == 0 &&
                               json[name + key_length] == '"';
        at += 2;
        if (is_wanted && json[marks[at]] == '[') {
            // The last of two counts, as on the tape.
            found = true;
            *written = 0;
            *elements = 0;
            ++at;
            while (at < count && json[marks[at]] != ']') {
                const size_t begin = marks[at];
                at = behind_value(json, marks, count, at);
                if (at >= count) return 0;
                size_t size = 0;
                // Only white space is between a value and the comma or bracket behind it.
                if (simdjson::minify(json + begin, marks[at] - begin, destination + *written, size) != simdjson::SUCCESS) {
                    return 0;
                }
                *written += size;
                destination[(*written)++] = '\n';
                ++*elements;
                if (json[marks[at]] == ',') ++at;
            }
            ++at;
        } else {
            at = behind_value(json, marks, count, at);
        }
        if (at < count && json[marks[at]] == ',') ++at; else break;
    }
    return found && at < count && json[marks[at]] == '}';
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
