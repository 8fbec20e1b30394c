// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.module;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import zonefsj.stores.StoreRefusedException;

/**
 * Clients of stores that need many or large libraries. Their jars are no part of the class path, so
 * that nothing else is slower or larger for them: they stand in a directory for each module, {@code
 * modules/NAME} beside {@code lib}, and get a class loader of their own when they are used first.
 *
 * <p>A connector on the class path comes first. Thread-safe. What is loaded stays until the process
 * ends.
 */
public final class StoreModules {
  /** Guarded by its own monitor. */
  private static final Map<String, StoreConnector> LOADED = new HashMap<>();

  private StoreModules() {}

  /**
   * The connector of a module.
   *
   * @throws StoreRefusedException if it is not installed
   */
  public static StoreConnector connector(String module) throws IOException {
    synchronized (LOADED) {
      StoreConnector there = LOADED.get(module);
      if (there == null) {
        there = load(module);
        LOADED.put(module, there);
      }
      return there;
    }
  }

  private static StoreConnector load(String module) throws IOException {
    ClassLoader own = StoreModules.class.getClassLoader();
    Optional<StoreConnector> found = find(module, own);
    if (found.isPresent()) {
      return found.orElseThrow();
    }
    Path directory = directory().resolve(module);
    List<URL> jars = jars(directory);
    if (!jars.isEmpty()) {
      // Never closed: its classes are in use until the process ends.
      @SuppressWarnings("PMD.CloseResource")
      URLClassLoader loader =
          new URLClassLoader("zonefs-j " + module, jars.toArray(URL[]::new), own);
      found = find(module, loader);
    }
    return found.orElseThrow(
        () ->
            new StoreRefusedException(
                "the module '" + module + "' of zonefs-j is not installed in " + directory, null));
  }

  private static Optional<StoreConnector> find(String module, ClassLoader loader)
      throws StoreRefusedException {
    try {
      return ServiceLoader.load(StoreConnector.class, loader).stream()
          .map(ServiceLoader.Provider::get)
          .filter(connector -> connector.module().equals(module))
          .findFirst();
    } catch (ServiceConfigurationError | LinkageError e) {
      throw new StoreRefusedException(
          "the module '" + module + "' of zonefs-j lacks parts of it: " + e.getMessage(), e);
    }
  }

  /** Beside the directory with the jar of this class. */
  private static Path directory() throws IOException {
    CodeSource source = StoreModules.class.getProtectionDomain().getCodeSource();
    try {
      Path jar = Path.of(source.getLocation().toURI());
      return jar.resolveSibling("..").resolve("modules").normalize();
    } catch (URISyntaxException e) {
      throw new IOException("it is not known where zonefs-j is installed", e);
    }
  }

  private static List<URL> jars(Path directory) throws IOException {
    List<URL> jars = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return jars;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        if (file.toString().endsWith(".jar")) {
          jars.add(url(file));
        }
      }
    }
    return jars;
  }

  private static URL url(Path file) throws MalformedURLException {
    return new File(file.toString()).toURI().toURL();
  }
}
