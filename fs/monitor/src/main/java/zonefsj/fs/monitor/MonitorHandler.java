// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
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
 * Answers that are being sent take at most {@value #MOST_SENDING_BYTES} bytes and one answer;
 * others get 503. How often the mount is asked is bounded, see {@link FreshMount}. Thread-safe.
 */
final class MonitorHandler extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(MonitorHandler.class);

  /** What slow readers may hold of the heap. */
  private static final long MOST_SENDING_BYTES = 8 << 20;

  private static final String FETCH_SITE = "Sec-Fetch-Site";
  private static final String JSON = "application/json";
  private static final String HTML = "text/html;charset=utf-8";
  private static final String TEXT = "text/plain;charset=utf-8";
  private static final int NONCE_BYTES = 18;

  private final HostCheck hosts;
  private final History history = new History();
  private final SecureRandom random = new SecureRandom();
  private volatile @Nullable MonitoredMount mount;

  /** Times at the newest sample of the history, and at the one before: one or two intervals ago. */
  private volatile RequestTimes newest = RequestTimes.NONE;

  private volatile RequestTimes lastButOne = RequestTimes.NONE;

  private final AtomicLong sendingBytes = new AtomicLong();

  MonitorHandler(HostCheck hosts) {
    this.hosts = hosts;
  }

  /** Shows a mount from now on. */
  void show(MonitoredMount shown) {
    mount = new FreshMount(shown);
  }

  /** Adds a sample to the history. */
  void sample() {
    MonitoredMount shown = mount;
    if (shown != null) {
      RequestTimes times = RequestTimes.of(shown.requests());
      history.add(
          Sample.of(
              System.currentTimeMillis(),
              shown.status().volume(),
              shown.counters(),
              times,
              newest));
      lastButOne = newest;
      newest = times;
    }
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String host = request.getHeaders().get(HttpHeader.HOST);
    String origin = request.getHeaders().get(HttpHeader.ORIGIN);
    MonitoredMount shown = mount;
    protect(response);
    if (!hosts.accepts(host)
        || !HostCheck.isOwn(origin, host)
        || "cross-site".equals(request.getHeaders().get(FETCH_SITE))) {
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
        serve(writer.getContentType(), () -> MetricsText.of(shown, writer), response, callback);
      }
      case "/status.json" -> serveJson(() -> MountJson.status(shown, now()), response, callback);
      case "/zones.json" -> serveJson(() -> MountJson.zones(shown, now()), response, callback);
      case "/now.json" ->
          serveJson(() -> MountJson.now(shown, now(), lastButOne), response, callback);
      case "/history.json" -> serveJson(history::toJson, response, callback);
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
    send(response, callback, HttpStatus.OK_200, HTML, MonitorPage.with(nonce));
  }

  private void serveJson(Supplier<Json.JsonObject> make, Response response, Callback callback) {
    serve(
        JSON,
        () -> JsonWriter.compact(make.get()).getBytes(StandardCharsets.UTF_8),
        response,
        callback);
  }

  @SuppressWarnings("CatchingUnchecked") // in every case the client waits for an answer
  private void serve(String type, Supplier<byte[]> make, Response response, Callback callback) {
    if (sendingBytes.get() > MOST_SENDING_BYTES) {
      refuse(response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, "too many slow readers");
      return;
    }
    byte[] body;
    try {
      body = make.get();
    } catch (RuntimeException broken) {
      LOG.warn("the state of the mount cannot be told", broken);
      refuse(response, callback, HttpStatus.INTERNAL_SERVER_ERROR_500, "see the log");
      return;
    }
    sendingBytes.addAndGet(body.length);
    send(
        response,
        new Callback.Nested(callback) {
          @Override
          public void completed() {
            sendingBytes.addAndGet(-body.length);
          }
        },
        HttpStatus.OK_200,
        type,
        body);
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
