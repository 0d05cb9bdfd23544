#ifndef CLIOSYNC_CSQLITE_SHIM_H
#define CLIOSYNC_CSQLITE_SHIM_H

#include <sqlite3.h>

// SQLITE_STATIC and SQLITE_TRANSIENT are casts of integers to function pointers: Swift cannot import them. A NULL
// pointer would bind NULL, so that the empty text of an empty buffer (which has no address) needs an address of its own.

/// Binds text that stays where it is until the statement is reset or bound again: nothing is copied.
static inline int cliosync_bind_text_static(sqlite3_stmt *s, int at, const void *text, sqlite3_uint64 length) {
  return sqlite3_bind_text64(s, at, text ? (const char *)text : "", length, SQLITE_STATIC, SQLITE_UTF8);
}

/// Binds a copy of the text.
static inline int cliosync_bind_text_transient(sqlite3_stmt *s, int at, const void *text, sqlite3_uint64 length) {
  return sqlite3_bind_text64(s, at, text ? (const char *)text : "", length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// Binds a copy of the bytes.
static inline int cliosync_bind_blob_transient(sqlite3_stmt *s, int at, const void *bytes, sqlite3_uint64 length) {
  return sqlite3_bind_blob64(s, at, bytes ? bytes : "", length, SQLITE_TRANSIENT);
}

/// sqlite3_db_config is variadic. No double-quoted string is taken for text: a misspelled column is an error.
static inline int cliosync_refuse_quoted_text(sqlite3 *db) {
  int r = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
  return r ? r : sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
}

/// SQLITE_DBCONFIG_DEFENSIVE likewise: a damaged or hostile file cannot make SQL overwrite its own schema, nor the tables
/// that virtual tables keep for themselves.
static inline int cliosync_defend(sqlite3 *db, int on) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, on, (int *)0);
}

/// sqlite3_config is variadic. Without memory statistics, an allocation takes no lock; nothing reads them.
static inline int cliosync_configure(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

#endif
