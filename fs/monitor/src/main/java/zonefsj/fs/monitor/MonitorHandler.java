// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonWriter;

/**
 * Answers GET and HEAD:
 *
 * <pre>
 * /              the page
 * /metrics       metrics, see {@link MetricsText}
 * /status.json   as {@code zonefs-j status --json}, and {@code now_millis}
 * /zones.json    the picture of all zones, see {@link MountJson}
 * /now.json      counters and latencies
 * /history.json  samples of the last hour, see {@link History}
 * </pre>
 *
 * <p>Requests under foreign names or from pages of other sites are refused, see {@link HostCheck}.
 * An answer that is younger than {@value #FRESH_MILLIS} ms is given again, and one is made at a
 * time, so that many clients cost no more than a few. Thread-safe.
 */
final class MonitorHandler extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(MonitorHandler.class);

  private static final long FRESH_MILLIS = 200;
  private static final String JSON = "application/json";
  private static final String HTML = "text/html;charset=utf-8";
  private static final String TEXT = "text/plain;charset=utf-8";
  private static final String PAGE = "page.html";
  private static final String NONCE = "{{NONCE}}";
  private static final int NONCE_BYTES = 18;

  private final HostCheck hosts;
  private final History history = new History();
  private final SecureRandom random = new SecureRandom();
  private final String page = load();
  private volatile @Nullable MonitoredMount mount;

  /** By path and format. Guarded by this. */
  private final Map<String, Answer> answers = new HashMap<>();

  /** An answer, and when it was made, in nanoseconds of {@link System#nanoTime}. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Answer(String type, byte[] body, long madeNanos) {}

  MonitorHandler(HostCheck hosts) {
    this.hosts = hosts;
  }

  private static String load() {
    try (InputStream page = MonitorHandler.class.getResourceAsStream(PAGE)) {
      if (page == null) {
        throw new IllegalStateException("the page is not in the jar");
      }
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Shows a mount from now on. */
  void show(MonitoredMount shown) {
    mount = shown;
  }

  /** Adds a sample to the history. */
  void sample() {
    MonitoredMount shown = mount;
    if (shown != null) {
      history.add(
          Sample.of(
              System.currentTimeMillis(),
              shown.status().volume(),
              shown.counters(),
              shown.requests()));
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String host = request.getHeaders().get(HttpHeader.HOST);
    String origin = request.getHeaders().get(HttpHeader.ORIGIN);
    MonitoredMount shown = mount;
    protect(response);
    if (!hosts.accepts(host) || !HostCheck.isOwn(origin, host)) {
      refuse(response, callback, HttpStatus.FORBIDDEN_403, "not under this name, or from there");
    } else if (!HttpMethod.GET.is(request.getMethod())
        && !HttpMethod.HEAD.is(request.getMethod())) {
      response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
      refuse(response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, "GET and HEAD only");
    } else if (shown == null) {
      refuse(response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, "being mounted");
    } else {
      answer(shown, request, response, callback);
    }
    return true;
  }

  private static void protect(Response response) {
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    response.getHeaders().put("Cross-Origin-Resource-Policy", "same-origin");
    response.getHeaders().put("Referrer-Policy", "no-referrer");
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
  }

  private void answer(MonitoredMount shown, Request request, Response response, Callback callback) {
    String path = request.getHttpURI().getDecodedPath();
    switch (path == null ? "" : path) {
      case "/" -> servePage(response, callback);
      case "/metrics" -> {
        ExpositionFormatWriter writer = MetricsText.writerFor(accepted(request));
        serve(
            path + " " + writer.getContentType(),
            writer.getContentType(),
            () -> MetricsText.of(shown, writer),
            response,
            callback);
      }
      case "/status.json" ->
          serveJson(path, () -> MountJson.status(shown, now()), response, callback);
      case "/zones.json" ->
          serveJson(path, () -> MountJson.zones(shown, now()), response, callback);
      case "/now.json" -> serveJson(path, () -> MountJson.now(shown, now()), response, callback);
      case "/history.json" -> serveJson(path, history::toJson, response, callback);
      default -> refuse(response, callback, HttpStatus.NOT_FOUND_404, "there is nothing here");
    }
  }

  private static String accepted(Request request) {
    HttpField accept = request.getHeaders().getField(HttpHeader.ACCEPT);
    String value = accept == null ? null : accept.getValue();
    return value == null ? "" : value;
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  private void servePage(Response response, Callback callback) {
    byte[] bytes = new byte[NONCE_BYTES];
    random.nextBytes(bytes);
    String nonce = Base64.getEncoder().encodeToString(bytes);
    response
        .getHeaders()
        .put(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'nonce-"
                + nonce
                + "'; script-src 'nonce-"
                + nonce
                + "'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
                + " frame-ancestors 'none'");
    send(
        response,
        callback,
        HttpStatus.OK_200,
        HTML,
        page.replace(NONCE, nonce).getBytes(StandardCharsets.UTF_8));
  }

  private void serveJson(
      String path, Supplier<Json.JsonObject> make, Response response, Callback callback) {
    serve(
        path,
        JSON,
        () -> JsonWriter.compact(make.get()).getBytes(StandardCharsets.UTF_8),
        response,
        callback);
  }

  @SuppressWarnings("CatchingUnchecked") // in every case the client waits for an answer
  private void serve(
      String key, String type, Supplier<byte[]> make, Response response, Callback callback) {
    Answer answer;
    try {
      answer = fresh(key, type, make);
    } catch (RuntimeException broken) {
      LOG.warn("{} cannot be told", key, broken);
      refuse(response, callback, HttpStatus.INTERNAL_SERVER_ERROR_500, "see the log");
      return;
    }
    send(response, callback, HttpStatus.OK_200, answer.type, answer.body);
  }

  private synchronized Answer fresh(String key, String type, Supplier<byte[]> make) {
    Answer last = answers.get(key);
    if (last != null && System.nanoTime() - last.madeNanos < FRESH_MILLIS * 1_000_000) {
      return last;
    }
    Answer answer = new Answer(type, make.get(), System.nanoTime());
    answers.put(key, answer);
    return answer;
  }

  private static void refuse(Response response, Callback callback, int status, String why) {
    send(response, callback, status, TEXT, (why + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void send(
      Response response, Callback callback, int status, String type, byte[] body) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
