// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import zonefsj.tests.fixture.ClassPaths;

/**
 * The command as {@code mount-scripts/install} lays it out: the scripts of the checkout beside the
 * classes that this virtual machine runs with. So the tests never run what an earlier build left
 * behind, and never start a build.
 *
 * @param checkout root of the sources
 * @param home root of the layout
 */
public record Installation(Path checkout, Path home) {
  private static final List<String> SCRIPTS =
      List.of(
          "zonefs-j",
          "mount.fuse.zonefs-j",
          "umount.fuse.zonefs-j",
          "fsck.fuse.zonefs-j",
          "common.sh");

  /** Says where the checkout is, for a run that does not begin within it. */
  private static final String ROOT_PROPERTY = "zonefsj.root";

  /** Lays it out in a new directory. */
  public static Installation in(Path home) throws IOException {
    Path checkout = findCheckout();
    Path scripts = Files.createDirectories(home.resolve("mount-scripts"));
    for (String script : SCRIPTS) {
      Files.copy(
          checkout.resolve("mount-scripts").resolve(script),
          scripts.resolve(script),
          java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }
    Path lib = Files.createDirectories(home.resolve("lib"));
    int number = 0;
    for (Path path : ClassPaths.withoutServers()) {
      Path target = lib.resolve(String.format(java.util.Locale.ROOT, "%03d.jar", number++));
      if (Files.isDirectory(path)) {
        pack(path, target);
      } else if (Files.exists(path)) {
        Files.createSymbolicLink(target, path);
      }
    }
    return new Installation(checkout, home);
  }

  public Path script(String name) {
    return home.resolve("mount-scripts").resolve(name);
  }

  private static Path findCheckout() {
    for (Path path =
            Path.of(System.getProperty(ROOT_PROPERTY, System.getProperty("user.dir")))
                .toAbsolutePath();
        path != null;
        path = path.getParent()) {
      if (Files.isRegularFile(path.resolve("mount-scripts/zonefs-j"))) {
        return path;
      }
    }
    throw new IllegalStateException(
        "no mount-scripts/zonefs-j here or above: -D" + ROOT_PROPERTY + "=DIR says where");
  }

  /** The launcher takes jars only. */
  private static void pack(Path classes, Path jar) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream target = new JarOutputStream(out);
        Stream<Path> files = Files.walk(classes)) {
      Iterator<Path> each = files.filter(Files::isRegularFile).iterator();
      while (each.hasNext()) {
        Path file = each.next();
        target.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, target);
        target.closeEntry();
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
