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
import java.nio.file.attribute.BasicFileAttributes;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import zonefsj.stores.StoreRefusedException;

/**
 * Clients of stores that need many or large libraries. Their jars are no part of the class path, so
 * that nothing else is slower or larger for them: they stand in a directory for each module, {@code
 * modules/NAME} beside {@code lib}, and get a class loader of their own when they are used first.
 *
 * <p>A connector on the class path comes first. Thread-safe. What is loaded stays until the process
 * ends. An upgrade may replace the jars while the process runs: of a loaded module all jars are
 * open, and a module of another version than this class is refused.
 */
public final class StoreModules {
  /** Guarded by its own monitor. */
  private static final Map<String, StoreConnector> LOADED = new HashMap<>();

  /** The jar of this class as the process found it, or null if it runs from class files. */
  private static final @Nullable Object FOUND = identity();

  private StoreModules() {}

  /**
   * Remembers which installation this process runs from. Call it early: what an upgrade installs
   * later is then told apart.
   */
  @SuppressWarnings("PMD.UncommentedEmptyMethodBody")
  public static void remember() {
    // The class is initialized by the call.
  }

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
    if (!Objects.equals(FOUND, identity())) {
      throw new StoreRefusedException(
          "zonefs-j was upgraded or removed after this process had started, and the module '"
              + module
              + "' is not loaded yet: unmount, and mount again",
          null);
    }
    List<URL> jars = jars(directory);
    String client = clientOf(module);
    if (!jars.isEmpty() && !Files.exists(directory.resolve(client))) {
      throw new StoreRefusedException(
          "the module '" + module + "' is of another version: " + directory + " has no " + client,
          null);
    }
    if (!jars.isEmpty()) {
      // Never closed: its classes are in use until the process ends.
      @SuppressWarnings("PMD.CloseResource")
      URLClassLoader loader =
          new URLClassLoader("zonefs-j " + module, jars.toArray(URL[]::new), own);
      // Opens all jars, which are otherwise opened one by one when a class is looked for.
      Collections.list(loader.findResources("zonefs-j/no-such-resource"));
      found = find(module, loader);
    }
    return found.orElseThrow(
        () ->
            new StoreRefusedException(
                "the module '"
                    + module
                    + "' of zonefs-j is not installed in "
                    + directory
                    + (module.equals("hadoop") ? "; the package zonefs-j-hadoop has it" : ""),
                null));
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
    return own().resolveSibling("..").resolve("modules").normalize();
  }

  /** The jar of this class, or the directory of its class files. */
  private static Path own() throws IOException {
    CodeSource source = StoreModules.class.getProtectionDomain().getCodeSource();
    try {
      return Path.of(source.getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("it is not known where zonefs-j is installed", e);
    }
  }

  /** Our own jar in a module: of the version of the jar of this class. */
  private static String clientOf(String module) throws IOException {
    return String.valueOf(own().getFileName()).replaceFirst("stores", "stores-" + module);
  }

  /** Differs once the jar of this class is another file or gone. */
  private static @Nullable Object identity() {
    try {
      BasicFileAttributes jar = Files.readAttributes(own(), BasicFileAttributes.class);
      return jar.isRegularFile()
          ? List.of(String.valueOf(jar.fileKey()), jar.lastModifiedTime())
          : null;
    } catch (IOException gone) {
      return "gone: " + gone.getMessage();
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
