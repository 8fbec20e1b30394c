// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command line by which a command starts itself again as a daemon. */
final class DaemonCommand {
  /** System property: the script that started this command, with the right options for Java. */
  private static final String LAUNCHER = "zonefsj.launcher";

  /** Environment variable: what the launcher adds to its options for Java. */
  private static final String JAVA_OPTIONS = "ZONEFSJ_JAVA_OPTS";

  private DaemonCommand() {}

  /**
   * Words of the command line. The daemon stays in the session and the group of processes of this
   * command until it has mounted ({@link SocketReport#ready}): where systemd mounts on demand, the
   * kernel lets only its own group reach the mount point, and holds everybody else until there is a
   * mount.
   *
   * @param javaOptions for the daemon, where no launcher takes them from the environment
   */
  static List<String> words(String mainClass, List<String> javaOptions, List<String> arguments) {
    List<String> words = new ArrayList<>();
    // Whatever the daemon writes on the host (log, index) is its user's business alone. Java cannot
    // set the mask for itself.
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

  /** What the launcher finds the same options in. */
  static Map<String, String> environment(List<String> javaOptions) {
    if (javaOptions.isEmpty()) {
      return Map.of();
    }
    // What the user has set goes last, so that it wins.
    String own = System.getenv().getOrDefault(JAVA_OPTIONS, "");
    return Map.of(JAVA_OPTIONS, (String.join(" ", javaOptions) + " " + own).strip());
  }

  private static List<String> options() {
    // A debugger or agent of ours would fight with the daemon's for its port.
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-agentlib") && !option.startsWith("-javaagent"))
        .toList();
  }

  /** The daemon runs in the root directory. */
  private static String absolute(String classPath) {
    List<String> entries = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      entries.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, entries);
  }
}
