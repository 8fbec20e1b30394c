// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Modules are found beside the jars of the program, as they are shipped, and nowhere else. */
class StoreModulesTest {
  private static final Path SHIPPED =
      Path.of(System.getProperty("zonefsj.root", "..")).resolve("fs/cli/target/zonefs-j");

  private static List<URL> jars(Path lib) throws Exception {
    List<URL> urls = new ArrayList<>();
    try (Stream<Path> jars = Files.list(lib)) {
      for (Path jar : jars.toList()) {
        urls.add(jar.toUri().toURL());
      }
    }
    return urls;
  }

  /** The connector of a module, as a program with these jars finds it. */
  private static Object connector(URLClassLoader program, String module) throws Exception {
    Class<?> modules = program.loadClass("zonefsj.stores.module.StoreModules");
    try {
      return modules.getMethod("connector", String.class).invoke(null, module);
    } catch (InvocationTargetException e) {
      throw (Exception) e.getCause();
    }
  }

  private static URLClassLoader program(Path lib) throws Exception {
    return new URLClassLoader(jars(lib).toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  @ParameterizedTest
  @CsvSource({
    "s3, zonefsj.stores.s3.client.S3Connector",
    "hadoop, zonefsj.stores.hadoop.client.HadoopConnector"
  })
  void theShippedModuleIsFound(String module, String name) throws Exception {
    try (URLClassLoader program = program(SHIPPED.resolve("lib"))) {
      Object connector = connector(program, module);
      assertThat(connector.getClass().getName()).isEqualTo(name);
      assertThat(connector.getClass().getClassLoader()).isNotSameAs(program);
      assertThat(connector(program, module)).isSameAs(connector);
      assertThatThrownBy(() -> program.loadClass(connector.getClass().getName()))
          .as("a local mount cannot load it")
          .isInstanceOf(ClassNotFoundException.class);
    }
  }

  @Test
  void aModuleThatIsNotThereIsSaidSo(@TempDir Path home) throws Exception {
    Path lib = Files.createDirectory(home.resolve("lib"));
    try (Stream<Path> jars = Files.list(SHIPPED.resolve("lib"))) {
      for (Path jar : jars.toList()) {
        Files.createSymbolicLink(lib.resolve(jar.getFileName()), jar.toAbsolutePath());
      }
    }
    try (URLClassLoader program = program(lib)) {
      assertThatThrownBy(() -> connector(program, "s3"))
          .hasMessageContaining("module 's3'")
          .hasMessageContaining(home.resolve("modules/s3").toString());
    }
  }

  private static Path copyOfLib(Path home) throws Exception {
    Path lib = Files.createDirectory(home.resolve("lib"));
    try (Stream<Path> jars = Files.list(SHIPPED.resolve("lib"))) {
      for (Path jar : jars.toList()) {
        Path copy = lib.resolve(jar.getFileName());
        if (jar.getFileName().toString().startsWith("zonefsj-stores-")) {
          Files.copy(jar, copy);
        } else {
          Files.createSymbolicLink(copy, jar.toAbsolutePath());
        }
      }
    }
    return lib;
  }

  private static Path copyOfModule(Path home, String suffix) throws Exception {
    Path module = Files.createDirectories(home.resolve("modules/s3"));
    try (Stream<Path> jars = Files.list(SHIPPED.resolve("modules/s3"))) {
      for (Path jar : jars.toList()) {
        String name = jar.getFileName().toString();
        boolean own = name.startsWith("zonefsj-");
        Files.createSymbolicLink(
            module.resolve(own ? name.replace(".jar", suffix + ".jar") : name),
            jar.toAbsolutePath());
      }
    }
    return module;
  }

  /** As while only one of two packages is upgraded. */
  @Test
  void aModuleOfAnotherVersionIsRefused(@TempDir Path home) throws Exception {
    copyOfModule(home, ".1");
    try (URLClassLoader program = program(copyOfLib(home))) {
      assertThatThrownBy(() -> connector(program, "s3"))
          .hasMessageContaining("module 's3' is of another version");
    }
  }

  /** Classes of two versions in one process would know each other by name only. */
  @Test
  void afterAnUpgradeNoModuleIsLoadedAnyMore(@TempDir Path home) throws Exception {
    Path lib = copyOfLib(home);
    copyOfModule(home, "");
    try (URLClassLoader program = program(lib)) {
      program.loadClass("zonefsj.stores.module.StoreModules").getMethod("remember").invoke(null);
      try (Stream<Path> jars = Files.list(lib)) {
        for (Path jar :
            jars.filter(path -> path.getFileName().toString().matches("zonefsj-stores-[0-9].*"))
                .toList()) {
          Path other = Files.copy(jar, home.resolve("new"));
          Files.move(other, jar, StandardCopyOption.REPLACE_EXISTING);
        }
      }
      assertThatThrownBy(() -> connector(program, "s3"))
          .hasMessageContaining("zonefs-j was upgraded or removed");
    }
    try (URLClassLoader program = program(lib)) {
      assertThat(connector(program, "s3")).isNotNull();
    }
  }
}
