"""From what a service knows about a model call to the bytes of a usage event.

Copy this file and schemas/avro into your service. Identity, time and buckets are made here, before the first send: a
retry that makes them anew would be counted as another call.
"""

import hashlib
import io
import json
import secrets
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import fastavro
import fastavro.schema

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "avro"
IDS = json.loads((SCHEMAS / "ids.json").read_text())
NEWEST = max(IDS, key=int)
SCHEMA = json.loads((SCHEMAS / IDS[NEWEST]).read_text())
PARSED = fastavro.parse_schema(SCHEMA)

# Confluent framing is a zero byte and the schema's id: five constant bytes, no registry needed.
CONFLUENT = b"\x00" + int(NEWEST).to_bytes(4, "big")
# Single-object encoding names the schema by its fingerprint, which fastavro gives as the bytes on the wire, in hex.
SINGLE_OBJECT = b"\xc3\x01" + bytes.fromhex(
    fastavro.schema.fingerprint(fastavro.schema.to_parsing_canonical_form(SCHEMA), "CRC-64-AVRO")
)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_event(call: dict, raw: bool) -> dict:
    """The event of a call in the JSON form of docs/event.md. Raises on what must not be guessed."""
    event = {name: value for name, value in call.items() if value is not None}
    for needed in ("provider", "occurred_at"):
        if not event.get(needed):
            raise ValueError(f"{needed} is missing")
    event["occurred_at"] = to_ms(event["occurred_at"])
    if not event.get("event_id"):
        event["event_id"] = make_event_id(event)
    usage = event.pop("usage", None)
    if usage:
        tokens = None if raw else read_usage(event["provider"], usage)
        if tokens:
            event["tokens"] = tokens
        else:
            # Kept as it came. usage_format goes along where the object is not in the provider's own shape.
            event["raw_usage"] = json.dumps(usage, default=float)
    if usage or event.get("tokens") or event.get("units"):
        # Without this an explicit zero would read as "nobody counted".
        event.setdefault("usage_source", "provider")
    # What may be billed by fractions is decimal text; a float would not keep 0.1.
    if "units" in event:
        event["units"] = {unit: to_decimal(quantity) for unit, quantity in event["units"].items()}
    if "reported_cost" in event:
        event["reported_cost"] = to_decimal(event["reported_cost"])
    return event


def encode(event: dict, framing: str) -> bytes:
    # The writer alone would cut 1.5 tokens to 1.
    fastavro.validate(event, PARSED)
    out = io.BytesIO()
    out.write(SINGLE_OBJECT if framing == "single-object" else CONFLUENT)
    # strict: a misspelt field fails here instead of being left out. Fields that are absent get the schema's defaults.
    fastavro.schemaless_writer(out, PARSED, event, strict_allow_default=True)
    # JSON is the slow lane; the schema has checked it all the same.
    return json.dumps(event, default=float).encode() if framing == "json" else out.getvalue()


def read_usage(provider: str, usage: dict) -> dict | None:
    """Disjoint buckets, each token in exactly one; None if any count is not understood, and the ledger reads the object."""
    counts = dict(flatten(usage))
    take = counts.pop
    try:
        if provider == "openai":  # cached tokens are inside the prompt, reasoning is inside the completion
            cached = take("prompt_tokens_details.cached_tokens", 0)
            reasoning = take("completion_tokens_details.reasoning_tokens", 0)
            fresh, text = take("prompt_tokens") - cached, take("completion_tokens") - reasoning
            total = take("total_tokens", None)
        elif provider == "anthropic":  # everything lies beside everything else
            cached, reasoning, total = take("cache_read_input_tokens", 0), 0, None
            fresh, text = take("input_tokens"), take("output_tokens")
        elif provider == "google":  # cached tokens are inside the prompt, thoughts beside the candidates
            cached, reasoning = take("cachedContentTokenCount", 0), take("thoughtsTokenCount", 0)
            fresh, text = take("promptTokenCount") - cached, take("candidatesTokenCount", 0)
            total = take("totalTokenCount", None)
        else:
            return None
    except (KeyError, TypeError):
        return None
    tokens = {"input": fresh, "cache_read": cached, "output": text, "reasoning": reasoning}
    understood = all(type(count) is int and count >= 0 for count in tokens.values()) and not any(counts.values())
    return tokens if understood and total in (None, sum(tokens.values())) else None


def flatten(usage: dict, prefix: str = ""):
    for name, value in usage.items():
        yield from flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]


def make_event_id(event: dict) -> str:
    """The provider's response id where there is one, so that a gateway that saw the same call makes the same id."""
    if event.get("response_id"):
        event_id = f"r:{event['provider']}:{event['response_id']}"
        return event_id if len(event_id.encode()) <= 128 else f"r:sha256:{hashlib.sha256(event_id.encode()).hexdigest()}"
    random = secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=event["occurred_at"] << 80 | 7 << 76 | random))  # a UUIDv7


def to_ms(time: str | int) -> int:
    """When the request started, ms since 1970. A time without its zone raises: guessing one moves spend by hours."""
    return time if isinstance(time, int) else (datetime.fromisoformat(time) - EPOCH) // timedelta(milliseconds=1)


def to_decimal(value) -> str:
    return value if isinstance(value, str) else format(Decimal(str(value)), "f")
