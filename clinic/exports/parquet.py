"""A de-identified table as Parquet; needs pyarrow, of the extra `analysis`."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from clinic.core.deidentified import Row
from clinic.exports.table import Column, Kind, records

# Rows held at once: enough for a row group that compresses well, few enough for a small machine.
BATCH = 5_000
_TYPES: dict[Kind, Any] = {"text": pa.string(), "whole": pa.int16(), "number": pa.float64()}


def write_parquet(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Write a table with one row a form, a batch at a time."""
    schema = pa.schema([(one.name, _TYPES[one.kind]) for one in columns])
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        cells_of = records(columns, rows)
        while batch := list(islice(cells_of, BATCH)):
            arrays = [
                pa.array(cells, type=one.type) for cells, one in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
