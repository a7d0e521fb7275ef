// Publishes LLM usage events to Kafka with kafka-clients (Java 17 or newer):
//   java -cp 'libs/*:libs' PublishUsage [--brokers B] [--topic T] [--events FILE] [--framing F] [--raw]
// Prints {"acknowledged":n,"failed":n} as its last line and exits with 1 unless every event was acknowledged.

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

public final class PublishUsage {
  static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  public static void main(String[] args) throws Exception {
    var options = readOptions(args);
    var ids = JSON.readTree(Path.of(options.get("schemas"), "ids.json").toFile());
    var id = ids.properties().stream().map(entry -> Integer.valueOf(entry.getKey())).max(Integer::compare).orElseThrow();
    var schema = new Schema.Parser().parse(Path.of(options.get("schemas"), ids.get(id.toString()).textValue()).toFile());
    // Confluent framing is a zero byte and the schema's id: five constant bytes, no registry needed.
    // Single-object encoding names the schema by its fingerprint, which Avro returns as the bytes on the wire.
    var header = switch (options.get("framing")) {
      case "confluent" -> ByteBuffer.allocate(5).put((byte) 0).putInt(id).array();
      case "single-object" -> ByteBuffer.allocate(10).putShort((short) 0xc301)
          .put(SchemaNormalization.parsingFingerprint("CRC-64-AVRO", schema)).array();
      default -> throw new IllegalArgumentException("--framing is confluent or single-object");
    };
    var acknowledged = new AtomicLong();
    var failed = new AtomicLong();
    try (var producer = new KafkaProducer<>(config(options.get("brokers")), new StringSerializer(), new ByteArraySerializer());
        var lines = openCalls(options.get("events"))) {
      for (String line; (line = lines.readLine()) != null; ) {
        if (line.isBlank()) continue;
        try {
          var event = UsageEvent.of((ObjectNode) JSON.readTree(line), options.containsKey("raw"));
          // The key is never empty: it is the identity, so all copies of an event meet in one partition.
          var key = event.get("event_id").textValue();
          var record = new ProducerRecord<>(options.get("topic"), key, UsageEvent.encode(schema, header, event));
          // Only the callback says that the brokers have the event. Where the buffer is full, send() waits.
          producer.send(record, (metadata, error) -> {
            if (error == null) acknowledged.incrementAndGet();
            else fail(failed, key, error);
          });
        } catch (IOException | RuntimeException error) { // one event that cannot be sent does not stop its neighbours
          fail(failed, line.substring(0, Math.min(80, line.length())), error);
        }
      }
    } // closing waits until every message has its report
    System.out.printf("{\"acknowledged\":%d,\"failed\":%d}%n", acknowledged.get(), failed.get());
    System.exit(failed.get() > 0 ? 1 : 0);
  }

  static void fail(AtomicLong failed, String what, Exception error) {
    failed.incrementAndGet();
    System.err.println(what + ": " + error);
  }

  /** The default partitioner is murmur2 of the key, as in kafkajs, and in librdkafka as murmur2_random. */
  static Map<String, Object> config(String brokers) throws IOException {
    var config = new HashMap<String, Object>(Map.of(
        "bootstrap.servers", brokers,
        "acks", "all",
        "enable.idempotence", true, // retries inside the client neither repeat nor reorder
        "delivery.timeout.ms", 30_000, // then a message is reported as failed, so a dead broker ends the program
        "request.timeout.ms", 10_000,
        "max.block.ms", 30_000,
        "compression.type", "zstd"));
    // TLS and SASL by the names that spendledger itself reads (docs/configuration.md).
    var env = System.getenv();
    var mechanism = env.getOrDefault("KAFKA_SASL_MECHANISM", "").toUpperCase(Locale.ROOT);
    config.put("security.protocol", (mechanism.isEmpty() ? "" : "SASL_") + ("true".equals(env.get("KAFKA_SSL")) ? "SSL" : "PLAINTEXT"));
    if (env.containsKey("KAFKA_SSL_CA"))
      config.putAll(Map.of("ssl.truststore.type", "PEM", "ssl.truststore.location", env.get("KAFKA_SSL_CA")));
    if (mechanism.isEmpty()) return config;
    var file = env.get("KAFKA_SASL_PASSWORD_FILE");
    var password = file == null ? env.get("KAFKA_SASL_PASSWORD") : Files.readString(Path.of(file)).replaceFirst("[\r\n]+$", "");
    var module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
    config.put("sasl.mechanism", mechanism);
    config.put("sasl.jaas.config", "org.apache.kafka.common.security.%s required username=%s password=%s;"
        .formatted(module, quote(env.get("KAFKA_SASL_USERNAME")), quote(password)));
    return config;
  }

  static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  static Map<String, String> readOptions(String[] args) {
    var env = System.getenv();
    var options = new HashMap<>(Map.of(
        "brokers", env.getOrDefault("KAFKA_BROKERS", "127.0.0.1:9092"),
        "topic", env.getOrDefault("KAFKA_TOPIC", "llm.usage.v1"),
        "framing", "confluent",
        "schemas", "../../schemas/avro"));
    for (int i = 0; i < args.length; i++) options.put(args[i].substring(2), args[i].equals("--raw") ? "true" : args[++i]);
    return options;
  }

  /** An NDJSON file, - for standard input, or three samples; read line by line and in order, however long it is. */
  static BufferedReader openCalls(String path) throws IOException {
    if ("-".equals(path)) return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    if (path != null) return Files.newBufferedReader(Path.of(path));
    return new BufferedReader(new StringReader(SampleCalls.ndjson()));
  }
}
