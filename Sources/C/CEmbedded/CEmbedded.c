#include "CEmbedded.h"

// C23; Clang has it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define FILE_FUNCTION(name) \
    EmbeddedFile embedded_##name(void) { return (EmbeddedFile){name, sizeof name}; }

static const unsigned char core_yaml[] = {
#embed "../../../pipelines/core.yaml"
};
static const unsigned char supporting_yaml[] = {
#embed "../../../pipelines/supporting.yaml"
};
static const unsigned char historical_yaml[] = {
#embed "../../../pipelines/historical.yaml"
};
static const unsigned char extended_yaml[] = {
#embed "../../../pipelines/extended.yaml"
};
static const unsigned char billing_yaml[] = {
#embed "../../../pipelines/billing.yaml"
};
static const unsigned char pipeline_schema[] = {
#embed "../../../pipelines/pipeline.schema.json"
};
static const unsigned char staging_readme[] = {
#embed "../../../staging/README.md"
};
static const unsigned char page_style[] = {
#embed "../../StatusPage/Resources/page.css"
};
static const unsigned char page_script[] = {
#embed "../../StatusPage/Resources/page.js"
};
static const unsigned char page_icon[] = {
#embed "../../StatusPage/Resources/icon.svg"
};

FILE_FUNCTION(core_yaml)
FILE_FUNCTION(supporting_yaml)
FILE_FUNCTION(historical_yaml)
FILE_FUNCTION(extended_yaml)
FILE_FUNCTION(billing_yaml)
FILE_FUNCTION(pipeline_schema)
FILE_FUNCTION(staging_readme)
FILE_FUNCTION(page_style)
FILE_FUNCTION(page_script)
FILE_FUNCTION(page_icon)
