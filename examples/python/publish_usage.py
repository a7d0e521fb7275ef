"""Publishes LLM usage events to Kafka with confluent-kafka.

  python publish_usage.py --brokers 127.0.0.1:9092 --topic llm.usage.v1 [--events calls.ndjson] [--framing F] [--raw]

Prints {"acknowledged": n, "failed": n} as its last line and exits with 1 unless every event was acknowledged.
"""

import argparse
import json
import os
import sys
from decimal import Decimal

from confluent_kafka import KafkaException, Producer
from fastavro.validation import ValidationError

from sample_calls import sample_calls
from usage_event import encode, to_event


def main() -> int:
    options = read_options()
    counts = {"acknowledged": 0, "failed": 0}
    producer = Producer(
        {
            "bootstrap.servers": options.brokers,
            # A key's partition must not depend on the producer's language: this is what Java and kafkajs do. librdkafka's
            # default spreads keys differently, and copies of one event would meet only in the warehouse.
            "partitioner": "murmur2_random",
            "acks": "all",
            # Retries inside the client neither repeat nor reorder; it implies acks=all and is sound in librdkafka.
            "enable.idempotence": True,
            # After this long a message is reported as failed, so a dead broker ends the program instead of hanging it.
            "message.timeout.ms": 30_000,
            # Earlier than that, a topic that does not exist is called by its name.
            "topic.metadata.propagation.max.ms": 10_000,
            "compression.type": "lz4",
            **security(os.environ),
        }
    )

    def fail(what: str, reason: object) -> None:
        counts["failed"] += 1
        print(f"{what}: {reason}", file=sys.stderr)

    def on_delivery(error, message) -> None:
        # Only this report says that the brokers have the event. produce() merely put it into a queue.
        if error:
            fail(message.key().decode(), error)
        else:
            counts["acknowledged"] += 1

    def publish(event: dict) -> None:
        value = encode(event, options.framing)
        while True:
            try:
                # The key is never empty: it is the identity, so all copies of an event meet in one partition.
                return producer.produce(options.topic, key=event["event_id"], value=value, on_delivery=on_delivery)
            except BufferError:
                producer.poll(0.1)  # the queue is full: wait for reports, drop nothing

    for number, line in enumerate(read_lines(options.events), start=1):
        try:
            publish(to_event(json.loads(line, parse_float=Decimal), options.raw))
        except (ValueError, TypeError, AttributeError, ValidationError, KafkaException) as error:
            # One event that cannot be sent does not stop its neighbours.
            fail(f"line {number}", error)
        producer.poll(0)  # takes reports that have arrived

    # Waits until every message has its report: acknowledged, or failed after message.timeout.ms.
    producer.flush()
    print(json.dumps(counts))
    return 1 if counts["failed"] else 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Publishes LLM usage events to Kafka.")
    parser.add_argument("--brokers", default=os.environ.get("KAFKA_BROKERS", "127.0.0.1:9092"))
    parser.add_argument("--topic", default=os.environ.get("KAFKA_TOPIC", "llm.usage.v1"))
    parser.add_argument("--events", help="NDJSON file of calls, or - for standard input; without it, three samples")
    parser.add_argument("--framing", choices=["confluent", "single-object", "json"], default="confluent")
    parser.add_argument("--raw", action="store_true", help="send the provider's usage object, not buckets")
    return parser.parse_args()


def read_lines(path: str | None):
    """Line by line and in order, however long the file is."""
    if path is None:
        yield from map(json.dumps, sample_calls())
        return
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as file:
        yield from (line for line in file if line.strip())


def security(env) -> dict:
    """TLS and SASL by the names that spendledger itself reads (docs/configuration.md)."""
    mechanism = env.get("KAFKA_SASL_MECHANISM")
    config = {"security.protocol": ("SASL_" if mechanism else "") + ("SSL" if env.get("KAFKA_SSL") == "true" else "PLAINTEXT")}
    if env.get("KAFKA_SSL_CA"):
        config["ssl.ca.location"] = env["KAFKA_SSL_CA"]
    if mechanism:
        password = env.get("KAFKA_SASL_PASSWORD") or open(env["KAFKA_SASL_PASSWORD_FILE"]).read().rstrip("\r\n")
        config |= {"sasl.mechanism": mechanism.upper(), "sasl.username": env["KAFKA_SASL_USERNAME"], "sasl.password": password}
    return config


if __name__ == "__main__":
    sys.exit(main())
