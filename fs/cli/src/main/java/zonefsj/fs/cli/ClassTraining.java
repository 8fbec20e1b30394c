// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import zonefsj.fs.cli.command.Subcommand;

/**
 * Loads the classes that commands and a mount use: {@code zonefs-j --train-classes DIRECTORY}. What
 * {@code -XX:ArchiveClassesAtExit=FILE} then writes saves later starts from reading and checking
 * them (JEP 350).
 *
 * <p>It formats and checks a drive in the empty directory, which covers the libraries and what only
 * use creates, and loads all classes of zonefs-j itself, which covers what needs a kernel. It
 * mounts nothing.
 */
final class ClassTraining {
  static final String OPTION = "--train-classes";

  private static final String SUFFIX = ".class";
  private static final String OWN = "zonefsj/";

  private ClassTraining() {}

  /**
   * Does it.
   *
   * @param runner runs a command; returns its exit code
   * @return the exit code
   */
  static int run(Path directory, ToIntFunction<List<String>> runner) {
    String image = directory.resolve("drive").toString();
    for (List<String> command :
        List.of(
            List.of("create", image, "--size", "64M"),
            List.of("mkfs", image),
            List.of("info", image),
            List.of("fsck", image, "--data"))) {
      int exitCode = runner.applyAsInt(command);
      if (exitCode != Subcommand.OK) {
        return exitCode;
      }
    }
    for (String jar :
        System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1)) {
      try {
        loadOwn(jar);
      } catch (IOException | ClassNotFoundException incomplete) {
        throw new IllegalStateException(jar + " is incomplete", incomplete);
      }
    }
    return Subcommand.OK;
  }

  private static void loadOwn(String jar) throws IOException, ClassNotFoundException {
    try (JarFile file = new JarFile(jar)) {
      for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
        String name = entries.nextElement().getName();
        // package-info is no class to load.
        if (name.startsWith(OWN) && name.endsWith(SUFFIX) && !name.contains("-")) {
          String className = name.substring(0, name.length() - SUFFIX.length()).replace('/', '.');
          Class.forName(className, false, ClassTraining.class.getClassLoader());
        }
      }
    }
  }
}
