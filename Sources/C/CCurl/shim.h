#ifndef CLIOSYNC_CCURL_SHIM_H
#define CLIOSYNC_CCURL_SHIM_H

#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift cannot call. One typed door for
// each kind of value that we pass; a wrong kind would be undefined behaviour in C, here it does not compile.

/// Numbers and switches: curl reads a `long`, which Swift's literals are not by themselves.
static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sizes: options named `…_LARGE` read a `curl_off_t`, of another width than `long` on some systems.
static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// Texts: curl copies them, so that the caller's pointer need not outlive the call.
static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// Request headers: curl keeps the pointer, so that the list must outlive the transfer.
static inline CURLcode ccurl_set_headers(CURL *handle, struct curl_slist *headers) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}

/// A body to send, copied by curl; its size first, since CURLOPT_COPYPOSTFIELDS reads it.
static inline CURLcode ccurl_set_body(CURL *handle, const void *bytes, curl_off_t count) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, count);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes);
}

/// Recipients of a message: curl keeps the pointer, so that the list must outlive the transfer.
static inline CURLcode ccurl_set_recipients(CURL *handle, struct curl_slist *recipients) {
    return curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients);
}

typedef size_t (*ccurl_source)(char *bytes, size_t one, size_t count, void *context);

/// Where a message to send comes from: a function pointer and its context, set together likewise.
static inline CURLcode ccurl_set_upload(CURL *handle, ccurl_source source, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_READFUNCTION, source);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_READDATA, context);
}

typedef size_t (*ccurl_receiver)(char *bytes, size_t one, size_t count, void *context);

/// Where the answer's body goes: a function pointer and its context, set together because one without the other crashes.
static inline CURLcode ccurl_set_body_receiver(CURL *handle, ccurl_receiver receiver, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receiver);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

/// Where the answer's header lines go, likewise.
static inline CURLcode ccurl_set_header_receiver(CURL *handle, ccurl_receiver receiver, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, receiver);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

/// Facts that curl keeps as `long`: the status, the protocol version, connections opened.
static inline long ccurl_get_long(CURL *handle, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

/// Facts that curl keeps as `curl_off_t`: bytes, microseconds.
static inline curl_off_t ccurl_get_size(CURL *handle, CURLINFO info) {
    curl_off_t value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

/// The TLS library's name and version, or NULL; the version argument is an enum's macro.
static inline const char *ccurl_tls(void) {
    return curl_version_info(CURLVERSION_NOW)->ssl_version;
}

/// What the first certificate of the server says, a line each, such as "Issuer:CN = X"; NULL when it was not kept.
static inline const struct curl_slist *ccurl_first_certificate(CURL *handle) {
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL) return NULL;
    return info->num_of_certs > 0 ? info->certinfo[0] : NULL;
}

/// Numbers of a multi handle.
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// A finished transfer's handle and result, out of a struct with a union; NULL when there is none.
static inline CURL *ccurl_multi_next_finished(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

#endif
