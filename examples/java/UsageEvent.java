// From what a service knows about a model call to the bytes of a usage event. Copy this file and schemas/avro into your
// service. Identity, time and buckets are made here, before the first send: a retry that makes them anew would be
// counted as another call.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.EncoderFactory;

final class UsageEvent {
  /** The event of a call in the JSON form of docs/event.md. Throws on what must not be guessed. */
  static ObjectNode of(ObjectNode event, boolean raw) {
    event.properties().removeIf(field -> field.getValue().isNull());
    for (var needed : List.of("provider", "occurred_at"))
      if (!event.has(needed)) throw new IllegalArgumentException(needed + " is missing");
    // When the request started. A time without its zone throws: guessing one moves spend by hours.
    var time = event.get("occurred_at");
    var ms = time.isTextual() ? OffsetDateTime.parse(time.textValue()).toInstant().toEpochMilli() : time.longValue();
    event.put("occurred_at", ms);
    if (!event.has("event_id")) event.put("event_id", makeEventId(event, ms));
    if (event.remove("usage") instanceof ObjectNode usage) {
      var tokens = raw ? null : Buckets.of(event.get("provider").asText(), usage);
      if (tokens != null) event.set("tokens", new ObjectMapper().valueToTree(tokens));
      // Kept as it came. usage_format goes along where the object is not in the provider's own shape.
      else event.put("raw_usage", usage.toString());
    }
    var counted = event.has("tokens") || event.has("raw_usage") || event.has("units");
    // Without this an explicit zero would read as "nobody counted".
    if (counted && !event.has("usage_source")) event.put("usage_source", "provider");
    // What may be billed by fractions is decimal text; a double would not keep 0.1.
    event.path("units").properties().forEach(unit -> unit.setValue(toDecimal(unit.getValue())));
    if (event.has("reported_cost")) event.set("reported_cost", toDecimal(event.get("reported_cost")));
    return event;
  }

  /** By the provider's response id, so that a gateway that saw the same call makes the same id; else a UUIDv7. */
  static String makeEventId(ObjectNode event, long ms) {
    // Where this is longer than 128 bytes, its SHA-256 stands for it: docs/event.md, Identity.
    if (event.has("response_id")) return "r:" + event.get("provider").asText() + ":" + event.get("response_id").asText();
    var random = ThreadLocalRandom.current();
    return new UUID(ms << 16 | 0x7000 | random.nextInt(1 << 12), 1L << 63 | random.nextLong() >>> 2).toString();
  }

  static JsonNode toDecimal(JsonNode value) {
    return value.isNumber() ? TextNode.valueOf(value.decimalValue().toPlainString()) : value;
  }

  static byte[] encode(Schema schema, byte[] header, ObjectNode event) throws IOException {
    var out = new ByteArrayOutputStream();
    out.write(header);
    new GenericDatumWriter<>(schema).write(toAvro(schema, event), EncoderFactory.get().directBinaryEncoder(out, null));
    return out.toByteArray();
  }

  /** Fields that are absent get the schema's defaults; a misspelt one fails here instead of being left out. */
  static Object toAvro(Schema schema, JsonNode node) {
    switch (schema.getType()) {
      case RECORD:
        var record = new GenericRecordBuilder(schema);
        for (var field : node.properties()) {
          var known = schema.getField(field.getKey());
          if (known == null) throw new IllegalArgumentException("no such field: " + field.getKey());
          record.set(known, toAvro(known.schema(), field.getValue()));
        }
        return record.build();
      case MAP:
        var map = new LinkedHashMap<String, Object>();
        node.properties().forEach(entry -> map.put(entry.getKey(), toAvro(schema.getValueType(), entry.getValue())));
        return map;
      case UNION: return toAvro(schema.getTypes().get(1), node); // ["null", T]: what is absent is null by default
      case ENUM: if (schema.hasEnumSymbol(node.asText())) return new GenericData.EnumSymbol(schema, node.asText()); break;
      case LONG: if (node.isIntegralNumber() && node.canConvertToLong()) return node.longValue(); break;
      case BOOLEAN: if (node.isBoolean()) return node.booleanValue(); break;
      default: if (node.isTextual()) return node.textValue();
    }
    throw new IllegalArgumentException(node + " where a " + schema.getType().getName() + " belongs");
  }
}
