// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.resp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;

/**
 * Where a server is.
 *
 * @param host its name or address
 * @param tls whether everything is encrypted on the way
 * @param socket a Unix socket to use instead
 */
public record RespServer(String host, int port, boolean tls, Optional<Path> socket) {
  /** How the options are written. */
  public static final String SYNTAX = "[host=HOST][,port=PORT][,socket=PATH]";

  private static final int MOST_PORT = 65_535;
  private static final int CONNECT_MILLIS = 5000;

  /** A request fails if nothing comes for so long; it may be carried out later. */
  static final int ANSWER_MILLIS = 30_000;

  /**
   * The server that options name.
   *
   * @param usualPort if none is given
   * @param tls whether everything is encrypted on the way
   */
  public static RespServer parse(SpecArguments arguments, int usualPort, boolean tls)
      throws DeviceSpecException {
    Optional<SpecWord> host = arguments.option("host");
    if (host.isPresent() && host.orElseThrow().text().isBlank()) {
      throw arguments.refuse(host.orElseThrow(), "the name of the host is empty");
    }
    Optional<SpecWord> port = arguments.option("port");
    int number = arguments.numberOption("port").orElse(usualPort);
    if (number < 1 || number > MOST_PORT) {
      throw arguments.refuse(port.orElseThrow(), "port must be from 1 to " + MOST_PORT);
    }
    Optional<SpecWord> socket = arguments.option("socket");
    if (socket.isPresent() && (host.isPresent() || port.isPresent() || tls)) {
      throw arguments.refuse(socket.orElseThrow(), "a socket has no host, no port and no tls");
    }
    return new RespServer(
        host.map(SpecWord::text).orElse("localhost"), number, tls, path(arguments, socket));
  }

  private static Optional<Path> path(SpecArguments arguments, Optional<SpecWord> socket)
      throws DeviceSpecException {
    try {
      return socket.map(word -> Path.of(word.text()));
    } catch (InvalidPathException e) {
      throw arguments.refuse(socket.orElseThrow(), "socket is not a path: " + e.getReason());
    }
  }

  /** The same server, seen from any directory. */
  public RespServer absolute() {
    return new RespServer(host, port, tls, socket.map(Path::toAbsolutePath));
  }

  /** The options. */
  public String words() {
    return socket.isPresent()
        ? "socket=" + SpecWord.quoted(socket.orElseThrow().toString())
        : "host=" + SpecWord.quoted(host) + ",port=" + port + (tls ? ",tls=yes" : "");
  }

  /** How a connection begins: nothing is asked, and nothing said of us. */
  static DefaultJedisClientConfig.Builder config() {
    return DefaultJedisClientConfig.builder()
        .connectionTimeoutMillis(CONNECT_MILLIS)
        .socketTimeoutMillis(ANSWER_MILLIS)
        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
  }

  /**
   * Connects to the first of its addresses that takes it.
   *
   * @param made told of each socket before it is connected
   */
  Socket connect(MadeSocket made) throws IOException {
    if (socket.isPresent()) {
      UnixSocket local = UnixSocket.open();
      return connected(
          local, made, () -> local.connect(UnixDomainSocketAddress.of(socket.orElseThrow())));
    }
    IOException failure = null;
    for (InetAddress address : InetAddress.getAllByName(host)) {
      Socket remote = new Socket();
      try {
        return connected(
            remote,
            made,
            () -> {
              remote.setTcpNoDelay(true);
              remote.setKeepAlive(true);
              remote.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
              remote.setSoTimeout(ANSWER_MILLIS);
            });
      } catch (IOException e) {
        failure = joined(failure, e);
      }
    }
    throw failure == null ? new IOException(host + " has no address") : failure;
  }

  private static IOException joined(@Nullable IOException first, IOException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  private static Socket connected(Socket socket, MadeSocket made, Connecting connecting)
      throws IOException {
    boolean connected = false;
    try {
      made.made(socket);
      connecting.connect();
      connected = true;
      return socket;
    } finally {
      if (!connected) {
        socket.close();
      }
    }
  }

  @FunctionalInterface
  private interface Connecting {
    void connect() throws IOException;
  }

  /** Learns of a socket. */
  @FunctionalInterface
  interface MadeSocket {
    void made(Socket socket) throws IOException;
  }

  /** What requests go through: the connection itself, or an encrypted one in it. */
  Socket entered(Socket raw) throws IOException {
    if (!tls) {
      return raw;
    }
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket encrypted = (SSLSocket) factory.createSocket(raw, host, port, true);
    SSLParameters parameters = encrypted.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    encrypted.setSSLParameters(parameters);
    encrypted.startHandshake();
    return encrypted;
  }

  /** For the user. */
  @Override
  public String toString() {
    if (socket.isPresent()) {
      return socket.orElseThrow().toString();
    }
    return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
  }
}
