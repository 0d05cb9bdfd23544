"""Reads OpenLineage run events into the models of openlineage-python, strictly: a key that they do not have is an error, and
so is a value that their checks refuse. Prints `MANY events, LINEAGE` where the lineage is a path of datasets from Clio to a table.
Arguments: FILE with one event a line."""
import json
import sys

import attr
from openlineage.client import event_v2
from openlineage.client.generated import (
    base, column_lineage_dataset, documentation_job, error_message_run, job_type_job, output_statistics_output_dataset,
    parent_run, processing_engine_run, schema_dataset)

FACETS = {
    "parent": parent_run.ParentRunFacet,
    "errorMessage": error_message_run.ErrorMessageRunFacet,
    "processing_engine": processing_engine_run.ProcessingEngineRunFacet,
    "jobType": job_type_job.JobTypeJobFacet,
    "documentation": documentation_job.DocumentationJobFacet,
    "schema": schema_dataset.SchemaDatasetFacet,
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
    "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
}


def facets(values):
    result = {}
    for name, value in values.items():
        kind = FACETS[name]
        facet = kind(**{key: item for key, item in value.items() if not key.startswith("_")}, producer=value["_producer"])
        assert facet._schemaURL == value["_schemaURL"], (name, facet._schemaURL, value["_schemaURL"])
        result[name] = facet
    return result


def dataset(kind, value):
    known = {"namespace", "name", "facets", "outputFacets"}
    assert set(value) <= known, value.keys()
    extra = {"outputFacets": facets(value["outputFacets"])} if "outputFacets" in value else {}
    return kind(namespace=value["namespace"], name=value["name"], facets=facets(value["facets"]), **extra)


events, states, path = 0, {}, {}
for line in open(sys.argv[1]):
    value = json.loads(line)
    event = event_v2.RunEvent(
        eventType=event_v2.RunState(value["eventType"]), eventTime=value["eventTime"],
        run=event_v2.Run(runId=value["run"]["runId"], facets=facets(value["run"]["facets"])),
        job=event_v2.Job(
            namespace=value["job"]["namespace"], name=value["job"]["name"], facets=facets(value["job"]["facets"])),
        inputs=[dataset(event_v2.InputDataset, item) for item in value["inputs"]],
        outputs=[dataset(event_v2.OutputDataset, item) for item in value["outputs"]], producer=value["producer"])
    assert event.schemaURL == value["schemaURL"], event.schemaURL
    assert set(value) == {field.name for field in attr.fields(event_v2.RunEvent)} - {"_base_skip_redact"}, value.keys()
    before = states.setdefault(event.run.runId, [])
    before.append(value["eventType"])
    if value["eventType"] == "COMPLETE":
        for source in value["inputs"]:
            for target in value["outputs"]:
                path.setdefault(source["namespace"] + " " + source["name"], []).append(
                    target["namespace"] + " " + target["name"])
    events += 1
for run, seen in states.items():
    assert len(seen) == 2 and seen[0] == "START" and seen[1] in ("COMPLETE", "FAIL", "ABORT"), (run, seen)
start = next(name for name in path if name.endswith("api/v4/matters"))
lineage = [start]
while lineage[-1] in path:
    lineage.append(path[lineage[-1]][0])
print(f"{events} events, {' > '.join(lineage)}")
