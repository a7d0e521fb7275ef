// A provider's usage object as disjoint buckets, each token in exactly one. Where any count is not understood there are none,
// and the ledger reads the object itself: a count that is guessed, or a null read as 0, is a wrong bill.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;

final class Buckets {
  /** Where a provider's usage object has its counts, as JSON pointers, and which of them include others. */
  record Shape(String input, String cached, boolean cachedInInput, String output, String reasoning, boolean reasoningInOutput, String total) {}

  static final Map<String, Shape> SHAPES = Map.of(
      "openai", new Shape("/prompt_tokens", "/prompt_tokens_details/cached_tokens", true,
          "/completion_tokens", "/completion_tokens_details/reasoning_tokens", true, "/total_tokens"),
      "anthropic", new Shape("/input_tokens", "/cache_read_input_tokens", false, "/output_tokens", "", false, ""),
      "google", new Shape("/promptTokenCount", "/cachedContentTokenCount", true,
          "/candidatesTokenCount", "/thoughtsTokenCount", false, "/totalTokenCount"));

  /** Disjoint buckets, each token in exactly one; null if any count is not understood, and the ledger reads the object. */
  static Map<String, Long> of(String provider, ObjectNode usage) {
    var shape = SHAPES.get(provider);
    var counts = new HashMap<String, Long>();
    if (shape == null || !flatten("", usage, counts) || !counts.containsKey(shape.input)) return null;
    long input = counts.remove(shape.input), cached = take(counts, shape.cached);
    long output = take(counts, shape.output), reasoning = take(counts, shape.reasoning);
    var total = counts.remove(shape.total);
    var tokens = Map.of(
        "input", shape.cachedInInput ? input - cached : input, "cache_read", cached,
        "output", shape.reasoningInOutput ? output - reasoning : output, "reasoning", reasoning);
    var understood = counts.values().stream().allMatch(count -> count == 0) && tokens.values().stream().allMatch(count -> count >= 0);
    return understood && (total == null || total == tokens.values().stream().mapToLong(count -> count).sum()) ? tokens : null;
  }

  static long take(Map<String, Long> counts, String path) {
    var count = counts.remove(path);
    return count == null ? 0 : count;
  }

  /** Whether the object holds nothing but whole numbers; they are put into counts by their JSON pointers. */
  static boolean flatten(String path, JsonNode node, Map<String, Long> counts) {
    if (node.isObject()) return node.properties().stream().allMatch(field -> flatten(path + "/" + field.getKey(), field.getValue(), counts));
    if (node.isIntegralNumber()) counts.put(path, node.longValue());
    return node.isIntegralNumber();
  }
}
