// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A server on the loopback address whose answers a test makes up. */
final class ScriptedServer implements Closeable {
  /** What is answered to a command, as it is sent; null ends the connection with a reset. */
  @FunctionalInterface
  interface Script {
    /** The answer to a command and its arguments; empty: reset the connection. */
    Optional<String> answer(List<String> words);
  }

  private final ServerSocket socket;
  private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
  private final Script script;

  ScriptedServer(Script script) throws IOException {
    this.script = script;
    this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "scripted-server");
    thread.setDaemon(true);
    thread.start();
  }

  RespServer address() {
    return new RespServer(
        "127.0.0.1", socket.getLocalPort(), false, Optional.empty(), Optional.empty(), 0);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = socket.accept();
        clients.add(client);
        start(() -> serve(client));
      }
    } catch (IOException closed) {
      clients.clear();
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      while (true) {
        Optional<String> answer = script.answer(command(in));
        if (answer.isEmpty()) {
          client.setSoLinger(true, 0);
          return;
        }
        client.getOutputStream().write(answer.orElseThrow().getBytes(US_ASCII));
      }
    } catch (IOException ended) {
      clients.remove(client);
    }
  }

  private static List<String> command(InputStream in) throws IOException {
    int count = Integer.parseInt(line(in).substring(1));
    List<String> words = new ArrayList<>();
    for (int at = 0; at < count; at++) {
      int length = Integer.parseInt(line(in).substring(1));
      words.add(new String(in.readNBytes(length), US_ASCII));
      line(in);
    }
    return words;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket client : clients) {
      client.close();
    }
  }
}
