// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The command, installed as {@code mount-scripts/install} does, but in a directory of its own,
 * which a guest lays over its files.
 *
 * @param over for the guest's option {@code --over}
 * @param share where guests may write
 */
record GuestInstallation(Path over, Path share) {
  /** Installs it below a directory, which the caller takes away. */
  static GuestInstallation in(Path directory, PrintStream out)
      throws IOException, InterruptedException {
    Path over = directory.resolve("over");
    ProcessBuilder install =
        new ProcessBuilder(GuestCommand.root().resolve("mount-scripts/install").toString())
            .redirectErrorStream(true);
    install.environment().put("DESTDIR", over.toString());
    Process process = install.start();
    out.print(finish("mount-scripts/install", process));
    // Guests see this machine's files: what is large need not be copied to their memory.
    Path home = Files.move(over.resolve("usr/local/lib/zonefs-j"), directory.resolve("zonefs-j"));
    Files.createSymbolicLink(over.resolve("usr/local/lib/zonefs-j"), home);
    return new GuestInstallation(over, Files.createDirectory(directory.resolve("share")));
  }

  /**
   * Makes the archive of classes that an installation without DESTDIR has. It names the place of
   * the jars, which is the same for guests.
   */
  void shareClasses() throws IOException, InterruptedException {
    String script =
        ". \"$1/mount-scripts/common.sh\"; share_classes \"$1\" \"$1/mount-scripts/zonefs-j\"";
    String home = over.resolve("usr/local/lib/zonefs-j").toRealPath().toString();
    finish(
        "share_classes",
        new ProcessBuilder("bash", "-euc", script, "bash", home).redirectErrorStream(true).start());
    if (!Files.exists(Path.of(home, "classes.jsa"))) {
      throw new IOException("no archive of classes was made in " + home);
    }
  }

  private static String finish(String what, Process process)
      throws IOException, InterruptedException {
    process.getOutputStream().close();
    String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException(what + ": status " + status + ": " + words);
    }
    return words;
  }
}
