// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A bucket named {@code b}, by the part of the interface of S3 that drives use: objects with
 * conditions, ranges and listings in pages (Amazon S3 API Reference: PutObject, GetObject,
 * HeadObject, DeleteObject, ListObjectsV2). Refuses requests without a signature, and checks none.
 */
public final class S3Server implements Closeable {
  /** So many objects are in a page. */
  private static final int PAGE = 7;

  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

  static {
    // Where the SDK looks first; a test must not find the keys of whoever runs it.
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
    // Each answer would wait for 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final NavigableMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
  private final boolean knowsConditions;
  private final AtomicInteger requests = new AtomicInteger();

  /** What goes wrong with the next requests. */
  private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();

  /** What goes wrong with a request. */
  enum Fault {
    /** It is not carried out, and the client is told to come back. */
    SLOW_DOWN,
    /** It is carried out, and nobody is told. */
    NO_ANSWER,
    /** It is not carried out, and the client has no right to it. */
    DENIED,
    /** It does not arrive: somebody in between answers. */
    PROXY,
    /** As it should be. */
    NONE
  }

  private S3Server(boolean knowsConditions) throws IOException {
    this.knowsConditions = knowsConditions;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public static S3Server start() throws IOException {
    return new S3Server(true);
  }

  /** A server that puts an object whatever condition it is given. */
  static S3Server withoutConditions() throws IOException {
    return new S3Server(false);
  }

  /** Options of a drive in the bucket. */
  public String options() {
    return "bucket=b,path-style=yes,endpoint=\"http://127.0.0.1:"
        + server.getAddress().getPort()
        + "\"";
  }

  void fail(Fault... next) {
    faults.addAll(List.of(next));
  }

  int requests() {
    return requests.get();
  }

  /** Forgets an object. */
  void lose(String key) {
    objects.remove(key);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      requests.incrementAndGet();
      byte[] body = exchange.getRequestBody().readAllBytes();
      Fault fault = faults.poll();
      if (exchange.getRequestHeaders().getFirst("Authorization") == null || fault == Fault.DENIED) {
        error(exchange, 403, "AccessDenied");
        return;
      }
      if (fault == Fault.PROXY) {
        byte[] page = "<html>log in first</html>".getBytes(UTF_8);
        exchange.sendResponseHeaders(403, page.length);
        exchange.getResponseBody().write(page);
        return;
      }
      if (fault == Fault.SLOW_DOWN) {
        error(exchange, 503, "SlowDown");
        return;
      }
      Answer answer = answer(exchange, body);
      if (fault != Fault.NO_ANSWER) {
        answer.send(exchange);
      }
    }
  }

  /** What is answered. */
  private static final class Answer {
    private final int status;

    /** Empty unless it is an error. */
    private final String code;

    /** Of the body in the object; empty: all of it. */
    private final String range;

    private final byte[] body;

    Answer(int status, String code, String range, byte[] body) {
      this.status = status;
      this.code = code;
      this.range = range;
      this.body = body;
    }

    Answer(int status, String code, byte[] body) {
      this(status, code, "", body);
    }

    void send(HttpExchange exchange) throws IOException {
      if (!code.isEmpty()) {
        error(exchange, status, code);
        return;
      }
      exchange.getResponseHeaders().set("ETag", "\"e\"");
      if (!range.isEmpty()) {
        exchange.getResponseHeaders().set("Content-Range", "bytes " + range);
      }
      boolean isHead = exchange.getRequestMethod().equals("HEAD");
      if (isHead) {
        exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
      }
      exchange.sendResponseHeaders(status, isHead || body.length == 0 ? -1 : body.length);
      if (!isHead && body.length > 0) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  private static void error(HttpExchange exchange, int status, String code) throws IOException {
    byte[] body =
        ("<Error><Code>" + code + "</Code><Message>" + code + "</Message></Error>").getBytes(UTF_8);
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    exchange.sendResponseHeaders(status, isHead ? -1 : body.length);
    if (!isHead) {
      exchange.getResponseBody().write(body);
    }
  }

  private Answer answer(HttpExchange exchange, byte[] body) {
    URI uri = exchange.getRequestURI();
    String[] parts = uri.getPath().split("/", 3);
    if (!parts[1].equals("b")) {
      return new Answer(404, "NoSuchBucket", new byte[0]);
    }
    String key = parts.length < 3 ? "" : parts[2];
    if (key.isEmpty()) {
      return list(query(uri.getRawQuery()));
    }
    return switch (exchange.getRequestMethod()) {
      case "PUT" -> put(key, exchange.getRequestHeaders().getFirst("If-None-Match"), body);
      case "GET", "HEAD" -> get(key, exchange.getRequestHeaders().getFirst("Range"));
      case "DELETE" -> {
        objects.remove(key);
        yield new Answer(204, "", new byte[0]);
      }
      default -> new Answer(405, "MethodNotAllowed", new byte[0]);
    };
  }

  private Answer put(String key, @Nullable String condition, byte[] body) {
    if (knowsConditions && "*".equals(condition)) {
      if (objects.putIfAbsent(key, body) != null) {
        return new Answer(412, "PreconditionFailed", new byte[0]);
      }
    } else {
      objects.put(key, body);
    }
    return new Answer(200, "", new byte[0]);
  }

  private Answer get(String key, @Nullable String range) {
    byte[] object = objects.get(key);
    if (object == null) {
      return new Answer(404, "NoSuchKey", new byte[0]);
    }
    if (range == null) {
      return new Answer(200, "", object);
    }
    Matcher matcher = RANGE.matcher(range);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) >= object.length) {
      return new Answer(416, "InvalidRange", new byte[0]);
    }
    int from = Integer.parseInt(matcher.group(1));
    int to = (int) Math.min(object.length, Long.parseLong(matcher.group(2)) + 1);
    return new Answer(
        206, "", from + "-" + (to - 1) + "/" + object.length, Arrays.copyOfRange(object, from, to));
  }

  private static Map<String, String> query(@Nullable String raw) {
    Map<String, String> query = new HashMap<>();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      int equals = pair.indexOf('=');
      query.put(
          equals < 0 ? pair : pair.substring(0, equals),
          equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), UTF_8));
    }
    return query;
  }

  private Answer list(Map<String, String> query) {
    String prefix = query.getOrDefault("prefix", "");
    String after = query.getOrDefault("continuation-token", "");
    StringBuilder xml = new StringBuilder("<ListBucketResult><Name>b</Name>");
    int count = 0;
    String last = "";
    for (Map.Entry<String, byte[]> each : objects.tailMap(after, false).entrySet()) {
      if (!each.getKey().startsWith(prefix)) {
        continue;
      }
      if (count == PAGE) {
        xml.append("<NextContinuationToken>")
            .append(escape(last))
            .append("</NextContinuationToken>");
        break;
      }
      last = each.getKey();
      count++;
      xml.append("<Contents><Key>")
          .append(escape(last))
          .append("</Key><Size>")
          .append(each.getValue().length)
          .append("</Size></Contents>");
    }
    xml.append("<IsTruncated>").append(xml.indexOf("<NextCont") > 0).append("</IsTruncated>");
    return new Answer(200, "", xml.append("</ListBucketResult>").toString().getBytes(UTF_8));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
  }
}
