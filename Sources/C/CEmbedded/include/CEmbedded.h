#ifndef CLIOSYNC_CEMBEDDED_H
#define CLIOSYNC_CEMBEDDED_H

#include <stddef.h>

// Files of this repository, built into the programs. SwiftPM's own way, an array literal of every byte, takes half a
// minute of each build; the C compiler takes none.

/// The bytes of one file. They live as long as the process.
typedef struct {
    const unsigned char *start;
    size_t count;
} EmbeddedFile;

EmbeddedFile embedded_core_yaml(void);
EmbeddedFile embedded_supporting_yaml(void);
EmbeddedFile embedded_historical_yaml(void);
EmbeddedFile embedded_extended_yaml(void);
EmbeddedFile embedded_billing_yaml(void);
EmbeddedFile embedded_pipeline_schema(void);
EmbeddedFile embedded_staging_readme(void);

EmbeddedFile embedded_page_style(void);
EmbeddedFile embedded_page_script(void);
EmbeddedFile embedded_page_icon(void);

#endif
