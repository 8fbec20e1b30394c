// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/**
 * The lines of the control protocol.
 *
 * <pre>
 *   request  {"zonefs-j":1,"do":"set","settings":{"gc_rate":"10M"}}
 *   replies  {"alive":true}
 *            {"progress":"collecting","done":3,"total":10}
 *            {"item":{...}}
 *            {"done":{...}}     or     {"failed":"one line for the user"}
 * </pre>
 *
 * The version is that of the protocol. A daemon outlives the installation of a newer command, so a
 * change that an older daemon would misunderstand needs a new number.
 */
public final class ControlCodec {
  /** Version of the protocol. */
  public static final int VERSION = 1;

  /** Longest line in bytes that either end accepts. */
  public static final int MAX_LINE_BYTES = 1 << 20;

  private ControlCodec() {}

  /** Encodes a request as a line, without the line end. */
  static String encode(ControlRequest request) {
    Json.Builder settings = Json.structure();
    request.settings().forEach(settings::put);
    return JsonWriter.compact(
        Json.structure()
            .put("zonefs-j", VERSION)
            .put("do", request.action().name().toLowerCase(Locale.ROOT))
            .put("settings", settings.build())
            .build());
  }

  /** Decodes a request. */
  static ControlRequest decodeRequest(String line) throws IOException {
    Json.JsonObject request = structure(line);
    long version = request.whole("zonefs-j");
    if (version != VERSION) {
      throw new MalformedJsonException(
          "the daemon of this mount speaks version "
              + VERSION
              + " of the control protocol, the command version "
              + version
              + ": use the command that it was mounted with");
    }
    String name = request.text("do");
    for (ControlRequest.Action action : ControlRequest.Action.values()) {
      if (action.name().toLowerCase(Locale.ROOT).equals(name)) {
        return new ControlRequest(
            action, request.has("settings") ? request.textMap("settings") : Map.of());
      }
    }
    throw new MalformedJsonException("the daemon of this mount does not know '" + name + "'");
  }

  /** Encodes a line of an answer, without the line end. */
  public static String encode(ControlReply reply) {
    Json.Builder line = Json.structure();
    if (reply instanceof ControlReply.Alive) {
      line.put("alive", true);
    } else if (reply instanceof ControlReply.Progress progress) {
      line.put("progress", progress.what())
          .put("done", progress.done())
          .put("total", progress.total());
    } else if (reply instanceof ControlReply.Item item) {
      line.put("item", item.value());
    } else if (reply instanceof ControlReply.Done done) {
      line.put("done", done.value());
    } else if (reply instanceof ControlReply.Failed failed) {
      line.put("failed", failed.message());
    }
    return JsonWriter.compact(line.build());
  }

  /** Decodes a line of an answer. */
  public static ControlReply decodeReply(String line) throws IOException {
    Json.JsonObject reply = structure(line);
    if (reply.has("progress")) {
      return new ControlReply.Progress(
          reply.text("progress"), reply.whole("done"), reply.whole("total"));
    }
    if (reply.has("item")) {
      return new ControlReply.Item(reply.structure("item"));
    }
    if (reply.has("done")) {
      return new ControlReply.Done(reply.structure("done"));
    }
    if (reply.has("failed")) {
      return new ControlReply.Failed(reply.text("failed"));
    }
    if (reply.has("alive")) {
      return new ControlReply.Alive();
    }
    throw new MalformedJsonException("an answer of an unknown kind: " + abbreviate(line));
  }

  private static Json.JsonObject structure(String line) throws MalformedJsonException {
    if (JsonParser.parse(line) instanceof Json.JsonObject structure) {
      return structure;
    }
    throw new MalformedJsonException("not an object: " + abbreviate(line));
  }

  private static String abbreviate(String line) {
    return line.length() <= 80 ? line : line.substring(0, 80) + "…";
  }
}
