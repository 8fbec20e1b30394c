// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.kit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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

/**
 * A server on the loopback address that speaks the protocol of Redis, and whose answers a test
 * makes up. A character stands for a byte.
 */
public final class ScriptedServer implements Closeable {
  /** What is answered to a command, as it is sent; null ends the connection with a reset. */
  @FunctionalInterface
  public interface Script {
    /** The answer to a command and its arguments; empty: reset the connection. */
    Optional<String> answer(List<String> words);
  }

  private final ServerSocket socket;
  private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
  private final Script script;

  /** Listens on the loopback address. */
  public ScriptedServer(Script script) throws IOException {
    this.script = script;
    this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "scripted-server");
    thread.setDaemon(true);
    thread.start();
  }

  /** Where it listens. */
  public int port() {
    return socket.getLocalPort();
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
        client.getOutputStream().write(answer.orElseThrow().getBytes(ISO_8859_1));
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
      words.add(new String(in.readNBytes(length), ISO_8859_1));
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

  /** Ends all connections; new ones are taken. */
  public void disconnect() throws IOException {
    for (Socket client : clients) {
      client.close();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    disconnect();
  }
}
