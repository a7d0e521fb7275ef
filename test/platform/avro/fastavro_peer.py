"""Encodes and decodes usage events with fastavro, using the producer that docs/event.md shows.

Reads {"snippet": code, "events": [...], "encoded": [hex, ...]} from standard input and answers with the events encoded
by the snippet, the given bytes decoded, and the schema's CRC-64-AVRO fingerprint.
"""

import datetime
import io
import json
import sys

import fastavro
import fastavro.schema

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)


def plain(value):
    return (value - EPOCH) // MILLISECOND if isinstance(value, datetime.datetime) else value


request = json.load(sys.stdin)
producer = {}
exec(request["snippet"], producer)
schema = producer["SCHEMA"]


def decode(data):
    source = io.BytesIO(data[5:])
    event = fastavro.schemaless_reader(source, schema)
    assert source.read() == b"", "bytes are left"
    return {field: plain(value) for field, value in event.items()}


with open("schemas/avro/usage-event.v1.avsc") as file:
    canonical = fastavro.schema.to_parsing_canonical_form(json.load(file))

json.dump(
    {
        "encoded": [producer["encode"](event).hex() for event in request["events"]],
        "decoded": [decode(bytes.fromhex(data)) for data in request["encoded"]],
        "fingerprint": fastavro.schema.fingerprint(canonical, "CRC-64-AVRO"),
    },
    sys.stdout,
)
