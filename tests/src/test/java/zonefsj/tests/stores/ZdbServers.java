// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import zonefsj.stores.ObjectStore;
import zonefsj.tests.HostTrees;
import zonefsj.tests.posix.Shell;

/**
 * A real 0-db server, whose binary the environment names: {@code ZONEFSJ_ZDB=PATH tests/prove zdb}.
 * Used by one thread.
 */
public final class ZdbServers implements StoreTrouble, AutoCloseable {
  private static @Nullable ZdbServers current;

  private final Path directory;
  private final StoreServer server;
  private final AtomicInteger namespaces = new AtomicInteger();

  private ZdbServers(Path binary) throws IOException {
    this.directory = Files.createTempDirectory("zdb");
    this.server = StoreServer.zdb(binary, directory);
  }

  /**
   * Runs tests on it.
   *
   * @return how many failed
   */
  public static long prove(PrintStream out, Class<?>... tests) throws IOException {
    String binary = System.getenv("ZONEFSJ_ZDB");
    if (binary == null) {
      throw new IOException("ZONEFSJ_ZDB names no binary of a 0-db server");
    }
    try (ZdbServers server = new ZdbServers(Path.of(binary))) {
      current = server;
      return ServerProof.prove("zdb", server::newDrive, server, out, tests);
    } finally {
      current = null;
    }
  }

  /** The server that is proven now. */
  public static ZdbServers current() {
    ZdbServers server = current;
    if (server == null) {
      throw new IllegalStateException("run by tests/prove zdb");
    }
    return server;
  }

  /** A store in a new namespace. */
  public ObjectStore newNamespace() throws IOException {
    return enter(makeNamespace());
  }

  String makeNamespace() {
    String name = "test" + namespaces.incrementAndGet();
    tell("NSNEW", name);
    return name;
  }

  private String newDrive(String namespace) {
    tell("NSNEW", namespace);
    return spec(",namespace=" + namespace);
  }

  void setPassword(String namespace, String password) {
    tell("NSSET", namespace, "password", password);
    tell("NSSET", namespace, "public", "0");
  }

  private void tell(String... words) {
    List<String> command = new ArrayList<>(List.of("redis-cli", "-e", "-h", "127.0.0.1", "-p"));
    command.add(Integer.toString(server.port()));
    command.addAll(List.of(words));
    Shell.run(command).orFail();
  }

  ObjectStore enter(String namespace) throws IOException {
    return ServerProof.connect(spec(",namespace=" + namespace));
  }

  ObjectStore enter(String namespace, String password) throws IOException {
    Path file = Files.createTempFile(directory, "password", "");
    Files.writeString(file, password + "\n");
    return ServerProof.connect(spec(",namespace=" + namespace + ",password-file=" + file));
  }

  private String spec(String options) {
    return "zdb:host=127.0.0.1,port=" + server.port() + options;
  }

  /** None stands in for it: it is started again at once. */
  @Override
  public void loseOne() throws IOException {
    server.kill();
    server.restart();
  }

  @Override
  public void setRunning(boolean running) throws IOException {
    if (running) {
      server.restart();
    } else {
      server.kill();
    }
  }

  @Override
  public void close() {
    server.close();
    try {
      HostTrees.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
