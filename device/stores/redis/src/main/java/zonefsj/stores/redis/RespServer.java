// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import zonefsj.stores.StoreRefusedException;

/**
 * Where a server is, and how it is entered.
 *
 * @param host its name or address
 * @param tls whether everything is encrypted on the way
 * @param user of its access lists; empty: the usual one
 * @param passwordFile a file whose first line is the password; empty: none is needed
 * @param database number
 */
record RespServer(
    String host,
    int port,
    boolean tls,
    Optional<String> user,
    Optional<Path> passwordFile,
    int database) {
  private static final int CONNECT_MILLIS = 5000;

  /** A request fails if nothing comes for so long; it may be carried out later. */
  static final int ANSWER_MILLIS = 30_000;

  private static final int MOST_PASSWORD_BYTES = 4096;

  /** How a connection enters. */
  DefaultJedisClientConfig config() throws IOException {
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(CONNECT_MILLIS)
            .socketTimeoutMillis(ANSWER_MILLIS)
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
            .database(database);
    user.ifPresent(config::user);
    if (passwordFile.isPresent()) {
      config.password(password(passwordFile.orElseThrow()));
    }
    return config.build();
  }

  private static String password(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_PASSWORD_BYTES);
      String password = new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElse("");
      if (password.isEmpty()) {
        throw new StoreRefusedException(
            "the first line of the password file " + file + " is empty", null);
      }
      return password;
    } catch (NoSuchFileException | AccessDeniedException e) {
      throw new StoreRefusedException("the password file " + file + " cannot be read", e);
    }
  }

  /** Connects to the first of its addresses that takes it. */
  Socket connect() throws IOException {
    IOException failure = null;
    for (InetAddress address : InetAddress.getAllByName(host)) {
      try {
        return connect(address);
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

  private Socket connect(InetAddress address) throws IOException {
    Socket socket = new Socket();
    boolean connected = false;
    try {
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
      socket.setSoTimeout(ANSWER_MILLIS);
      connected = true;
      return socket;
    } finally {
      if (!connected) {
        socket.close();
      }
    }
  }

  /** What requests go through: the connection itself, or an encrypted one in it. */
  Socket entered(Socket raw) throws IOException {
    if (!tls) {
      return raw;
    }
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket socket = (SSLSocket) factory.createSocket(raw, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  @Override
  public String toString() {
    return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
  }
}
