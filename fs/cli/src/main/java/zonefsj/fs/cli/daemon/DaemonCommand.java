// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command line with which a command starts itself as a daemon. */
final class DaemonCommand {
  /** System property: path of the script that started this command with the right Java options. */
  private static final String LAUNCHER = "zonefsj.launcher";

  /** Environment variable: Java options that the launcher adds to its own. */
  private static final String JAVA_OPTIONS = "ZONEFSJ_JAVA_OPTS";

  private DaemonCommand() {}

  /**
   * Words of the command line. The daemon stays in the session and the process group of this
   * command until it has mounted ({@link SocketReport#ready}): when systemd mounts on demand, the
   * kernel lets only its own process group reach the mount point, and blocks all others until the
   * mount exists.
   *
   * @param javaOptions Java options for the daemon, used here if no launcher takes them from the
   *     environment
   */
  static List<String> words(String mainClass, List<String> javaOptions, List<String> arguments) {
    List<String> words = new ArrayList<>();
    // Only its user may read what the daemon writes on the host (log, index). Java cannot set the
    // umask of its own process.
    words.addAll(List.of("sh", "-c", "umask 077 && exec \"$@\"", "sh"));
    String launcher = System.getProperty(LAUNCHER, "");
    if (!launcher.isEmpty()) {
      words.add(launcher);
    } else {
      words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      words.addAll(options());
      words.addAll(javaOptions);
      words.add("-cp");
      words.add(absolute(System.getProperty("java.class.path")));
      words.add(mainClass);
    }
    words.addAll(arguments);
    return words;
  }

  /** Environment variables that pass the same Java options to the launcher. */
  static Map<String, String> environment(List<String> javaOptions) {
    if (javaOptions.isEmpty()) {
      return Map.of();
    }
    // The options of the user come last, so that they win.
    String own = System.getenv().getOrDefault(JAVA_OPTIONS, "");
    return Map.of(JAVA_OPTIONS, (String.join(" ", javaOptions) + " " + own).strip());
  }

  private static List<String> options() {
    // A debugger or agent of this process would conflict with the daemon's over its port.
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-agentlib") && !option.startsWith("-javaagent"))
        .toList();
  }

  /** Makes the entries absolute, because the daemon runs in the root directory. */
  private static String absolute(String classPath) {
    List<String> entries = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      entries.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, entries);
  }
}
