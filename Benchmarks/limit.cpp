// What this machine can do with zlib, simdjson and SQLite on one thread, without any check: the yardstick for transform
// and load. And the records to measure with.
//
//   limit generate COUNT OUT.ndjson.gz     time entries of about 630 bytes, the same for the same COUNT
//   limit copy IN.ndjson.gz OUT.ndjson.gz  inflate, parse, deflate (level 1)
//   limit load IN.ndjson.gz OUT.sqlite     inflate, parse, insert every top-level member (of an object its id)
//   limit indexed IN.ndjson.gz OUT.sqlite  the same, and the indexes that the stock pipeline has on time entries
//   limit like CLEAN.ndjson.gz OUT.sqlite SCHEMA.sql
//                                          what a load does: the same clean lines, columns, version rows and indexes
//
// `run` compiles it. Each mode prints one line of JSON.
#include <simdjson.h>
#include <sqlite3.h>
#include <zlib.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace dom = simdjson::dom;

[[noreturn]] static void fail(const std::string &message) {
    std::fprintf(stderr, "limit: %s\n", message.c_str());
    std::exit(1);
}

/// Hands out the lines of a gzip file; behind each of them there is room for simdjson's padding.
class LineSource {
  public:
    explicit LineSource(const char *path) : file(gzopen(path, "rb")), buffer(size + simdjson::SIMDJSON_PADDING) {
        if (!file) fail(std::string(path) + " cannot be opened");
        gzbuffer(file, 256 * 1024);
    }
    ~LineSource() { gzclose(file); }

    bool next(const char *&line, size_t &length) {
        while (true) {
            char *start = buffer.data() + begin;
            if (auto *feed = static_cast<char *>(std::memchr(start, '\n', end - begin))) {
                line = start;
                length = static_cast<size_t>(feed - start);
                begin += length + 1;
                return true;
            }
            std::memmove(buffer.data(), start, end - begin);
            end -= begin;
            begin = 0;
            int got = gzread(file, buffer.data() + end, static_cast<unsigned>(size - end));
            if (got <= 0) return false;
            end += static_cast<size_t>(got);
        }
    }

  private:
    static constexpr size_t size = 8 * 1024 * 1024;
    gzFile file;
    std::vector<char> buffer;
    size_t begin = 0, end = 0;
};

struct Totals {
    size_t records = 0, bytes = 0;
};

static Totals copy(const char *from, const char *to) {
    LineSource lines(from);
    gzFile out = gzopen(to, "wb1");
    if (!out) fail(std::string(to) + " cannot be written");
    gzbuffer(out, 256 * 1024);
    dom::parser parser;
    Totals totals;
    const char *line;
    size_t length;
    while (lines.next(line, length)) {
        if (parser.parse(line, length, false).error()) fail("a line is no JSON");
        gzwrite(out, line, static_cast<unsigned>(length + 1));
        totals.records += 1;
        totals.bytes += length + 1;
    }
    gzclose(out);
    return totals;
}

static void bind(sqlite3_stmt *statement, int at, dom::element value) {
    switch (value.type()) {
    case dom::element_type::INT64: sqlite3_bind_int64(statement, at, int64_t(value)); return;
    case dom::element_type::UINT64: sqlite3_bind_int64(statement, at, int64_t(uint64_t(value))); return;
    case dom::element_type::DOUBLE: sqlite3_bind_double(statement, at, double(value)); return;
    case dom::element_type::BOOL: sqlite3_bind_int(statement, at, bool(value)); return;
    case dom::element_type::STRING: {
        std::string_view text = value;
        sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
        return;
    }
    case dom::element_type::OBJECT: {
        int64_t id;
        if (value["id"].get(id) == simdjson::SUCCESS) {
            sqlite3_bind_int64(statement, at, id);
            return;
        }
        break;
    }
    default: break;
    }
    sqlite3_bind_null(statement, at);
}

/// One table with a column for each member of the first record.
class Table {
  public:
    explicit Table(const char *path) {
        if (sqlite3_open(path, &db) != SQLITE_OK) fail(sqlite3_errmsg(db));
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; BEGIN");
    }
    ~Table() { sqlite3_close(db); }

    void run(const std::string &sql) {
        if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db));
    }

    void insert(dom::object record) {
        if (!statement) prepare(record);
        int position = 0;
        for (auto member : record) {
            if (++position > columns) break;
            bind(statement, position, member.value);
        }
        if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_errmsg(db));
        sqlite3_reset(statement);
    }

    void finish() {
        run("COMMIT");
        sqlite3_finalize(statement);
        run("PRAGMA wal_checkpoint(TRUNCATE)");
    }

  private:
    sqlite3 *db = nullptr;
    sqlite3_stmt *statement = nullptr;
    int columns = 0;

    void prepare(dom::object record) {
        std::string names, marks;
        for (auto member : record) {
            std::string name(member.key);
            names += (columns ? ", \"" : "\"") + name + (name == "id" ? "\" INTEGER PRIMARY KEY" : "\"");
            marks += columns ? ", ?" : "?";
            columns += 1;
        }
        run("CREATE TABLE entries(" + names + ")");
        std::string sql = "INSERT INTO entries VALUES(" + marks + ")";
        if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db));
    }
};

static Totals load(const char *from, const char *to, bool indexed) {
    for (const char *suffix : {"", "-wal", "-shm"}) std::remove((std::string(to) + suffix).c_str());
    LineSource lines(from);
    Table table(to);
    dom::parser parser;
    Totals totals;
    const char *line;
    size_t length;
    while (lines.next(line, length)) {
        dom::object record;
        if (parser.parse(line, length, false).get_object().get(record)) fail("a line is no JSON object");
        table.insert(record);
        totals.records += 1;
        totals.bytes += length + 1;
    }
    if (indexed) {
        // The stock pipeline's; of its nine, those on calendar_entry and task are on columns without a value here.
        for (const char *columns : {"matter", "\"user\"", "date", "billed, date", "bill", "updated_at"}) {
            static int number = 0;
            table.run("CREATE INDEX i" + std::to_string(++number) + " ON entries(" + columns + ")");
        }
    }
    table.finish();
    return totals;
}

/// The database of a load, on one thread and without a check. The schema is that of a loaded database: the CREATE TABLE of
/// the entity, that of its versions, and behind a line `-- indexes` those of the indexes.
static Totals like(const char *from, const char *to, const char *schema) {
    for (const char *suffix : {"", "-wal", "-shm"}) std::remove((std::string(to) + suffix).c_str());
    std::ifstream file(schema);
    std::stringstream text;
    text << file.rdbuf();
    std::string sql = text.str();
    size_t middle = sql.find("-- indexes");
    if (middle == std::string::npos) fail(std::string(schema) + " has no indexes");
    sqlite3 *db = nullptr;
    if (sqlite3_open(to, &db) != SQLITE_OK) fail(sqlite3_errmsg(db));
    auto run = [&](const std::string &sql) {
        if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db));
    };
    run("PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; BEGIN");
    run(sql.substr(0, middle));
    LineSource lines(from);
    dom::parser parser;
    Totals totals;
    sqlite3_stmt *row = nullptr, *version = nullptr;
    const char *line;
    size_t length;
    while (lines.next(line, length)) {
        dom::object record;
        if (parser.parse(line, length, false).get_object().get(record)) fail("a line is no JSON object");
        if (!row) {
            std::string marks;
            for (auto member : record) marks += (void(member), marks.empty() ? "?" : ", ?");
            std::string insert = "INSERT INTO time_entries VALUES(" + marks + ")";
            if (sqlite3_prepare_v2(db, insert.c_str(), -1, &row, nullptr) != SQLITE_OK ||
                sqlite3_prepare_v2(
                    db, "INSERT INTO _cliosync_rows_time_entries VALUES(?, ?, ?, 0, 1)", -1, &version, nullptr) != SQLITE_OK)
                fail(sqlite3_errmsg(db));
        }
        int position = 0;
        for (auto member : record) bind(row, ++position, member.value);
        std::tm time = {};
        std::string_view updated = record["updated_at"];
        std::sscanf(
            updated.data(), "%d-%d-%dT%d:%d:%d", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour, &time.tm_min,
            &time.tm_sec);
        time.tm_year -= 1900;
        time.tm_mon -= 1;
        bind(version, 1, record["id"]);
        sqlite3_bind_int64(version, 2, int64_t(timegm(&time)) * 1000);
        sqlite3_bind_int64(version, 3, static_cast<int64_t>(totals.records));
        for (sqlite3_stmt *statement : {row, version}) {
            if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_errmsg(db));
            sqlite3_reset(statement);
        }
        totals.records += 1;
        totals.bytes += length + 1;
    }
    run(sql.substr(middle));
    run("COMMIT");
    sqlite3_finalize(row);
    sqlite3_finalize(version);
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_close(db);
    return totals;
}

/// xorshift64*: the same numbers on every machine.
class Dice {
  public:
    uint64_t next() {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 2685821657736338717ULL;
    }
    unsigned below(unsigned limit) { return static_cast<unsigned>((next() >> 33) % limit); }
    template <size_t N> const char *pick(const char *const (&list)[N]) { return list[below(N)]; }

  private:
    uint64_t state = 88172645463325252ULL;
};

static const char *const words[] = {"review",  "draft",  "motion",   "call",     "client",   "research", "prepare",
                                    "hearing", "letter", "response", "contract", "analysis", "exhibit",  "witness",
                                    "invoice", "court",  "brief",    "counsel",  "revise",   "deposition"};
static const char *const people[] = {"Ana Alder", "Ben Birch", "Chloe Cedar", "Dan Doran", "Eva Elm",   "Finn Frost",
                                     "Gia Grant", "Hugo Hale", "Ida Irwin",   "Jon Moss",  "Kim Nash",  "Leo Orton"};
static const char *const states[] = {"draft", "awaiting_approval", "awaiting_payment", "paid", "void"};

static Totals generate(size_t count, const char *to) {
    gzFile out = gzopen(to, "wb6");
    if (!out) fail(std::string(to) + " cannot be written");
    gzbuffer(out, 256 * 1024);
    Dice dice;
    Totals totals;
    char text[2048];
    for (size_t index = 0; index < count; index++) {
        unsigned quarter = 1 + dice.below(16), person = dice.below(60), matter = 1 + dice.below(20000);
        unsigned activity = dice.below(40);
        double price = 150.0 + 25.5 * dice.below(17), hours = quarter * 0.25;
        bool billed = dice.below(10) < 7;
        char date[32], note[512] = "", bill[160] = "null";
        std::snprintf(date, sizeof date, "20%02u-%02u-%02u", 15 + dice.below(11), 1 + dice.below(12), 1 + dice.below(28));
        for (unsigned word = 0, all = 6 + dice.below(11); word < all; word++) {
            std::strcat(note, dice.pick(words));
            std::strcat(note, word + 1 < all ? " " : ".");
        }
        if (billed)
            std::snprintf(
                bill, sizeof bill, "{\"id\":%u,\"number\":\"%u\",\"state\":\"%s\"}", 90000 + dice.below(90000),
                1 + dice.below(99999), dice.pick(states));
        int length = std::snprintf(
            text, sizeof text,
            "{\"id\":%zu,\"etag\":\"\\\"%016llx%016llx\\\"\",\"type\":\"TimeEntry\",\"date\":\"%s\",\"quantity\":%u,"
            "\"quantity_in_hours\":%.2f,\"price\":%.1f,\"total\":%.2f,\"billed\":%s,\"on_bill\":%s,\"non_billable\":%s,"
            "\"flat_rate\":false,\"note\":\"%s\",\"created_at\":\"%sT%02u:%02u:%02u-08:00\","
            "\"updated_at\":\"%sT%02u:%02u:%02u-08:00\",\"user\":{\"id\":%u,\"etag\":\"\\\"%08x\\\"\",\"name\":\"%s\"},"
            "\"matter\":{\"id\":%u,\"display_number\":\"%05u-%s\"},\"bill\":%s,"
            "\"activity_description\":{\"id\":%u,\"name\":\"%s %s\"}}\n",
            5000000 + index, static_cast<unsigned long long>(dice.next()), static_cast<unsigned long long>(dice.next()),
            date, quarter * 900, hours, price, price * hours, billed ? "true" : "false", billed ? "true" : "false",
            dice.below(10) ? "false" : "true", note, date, dice.below(24), dice.below(60), dice.below(60), date,
            dice.below(24), dice.below(60), dice.below(60), 1000 + person, person * 2654435761u, people[person % 12],
            70000 + matter, matter, people[matter % 12], bill, 300 + activity, words[activity % 20],
            words[(activity + 7) % 20]);
        gzwrite(out, text, static_cast<unsigned>(length));
        totals.records += 1;
        totals.bytes += static_cast<size_t>(length);
    }
    gzclose(out);
    return totals;
}

int main(int count, char **arguments) {
    std::string mode = count > 1 ? arguments[1] : "";
    if (count != (mode == "like" ? 5 : 4))
        fail("usage: limit generate COUNT OUT | copy IN OUT | load IN OUT | indexed IN OUT | like CLEAN OUT SCHEMA");
    auto start = std::chrono::steady_clock::now();
    Totals totals;
    if (mode == "generate") totals = generate(std::strtoull(arguments[2], nullptr, 10), arguments[3]);
    else if (mode == "copy") totals = copy(arguments[2], arguments[3]);
    else if (mode == "load") totals = load(arguments[2], arguments[3], false);
    else if (mode == "indexed") totals = load(arguments[2], arguments[3], true);
    else if (mode == "like") totals = like(arguments[2], arguments[3], arguments[4]);
    else fail("no such mode: " + mode);
    double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"mode\":\"%s\",\"records\":%zu,\"bytes\":%zu,\"wall\":%.3f}\n", mode.c_str(), totals.records,
                totals.bytes, wall);
}
