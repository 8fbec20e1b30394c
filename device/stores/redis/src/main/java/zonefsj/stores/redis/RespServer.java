// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.SslOptions;
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

  /** A request that has no answer by then fails; it may be carried out later. */
  private static final int ANSWER_MILLIS = 30_000;

  private static final int MOST_PASSWORD_BYTES = 4096;

  /** Connects, and enters. */
  Connection connect() throws IOException {
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(CONNECT_MILLIS)
            .socketTimeoutMillis(ANSWER_MILLIS)
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
            .database(database);
    if (tls) {
      config.sslOptions(SslOptions.defaults());
    }
    user.ifPresent(config::user);
    if (passwordFile.isPresent()) {
      config.password(password(passwordFile.orElseThrow()));
    }
    return new Connection(new HostAndPort(host, port), config.build());
  }

  private static String password(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_PASSWORD_BYTES);
      return new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElse("");
    } catch (NoSuchFileException | AccessDeniedException e) {
      throw new StoreRefusedException("the password file " + file + " cannot be read", e);
    }
  }

  @Override
  public String toString() {
    return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
  }
}
