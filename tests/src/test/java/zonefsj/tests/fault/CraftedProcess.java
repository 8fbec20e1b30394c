// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.HostTrees;

/** The process that runs {@link CraftedChild}; begun anew when a case has ended it. */
final class CraftedProcess implements AutoCloseable {
  private static final String REPORT = "report.log";

  private final Path directory;
  private @Nullable Process process;
  private @Nullable BufferedReader answers;
  private @Nullable Writer cases;

  CraftedProcess() throws IOException {
    directory = Files.createTempDirectory("zonefs-j-crafted-");
  }

  private void begin() throws IOException {
    Path temporary = directory.resolve("tmp");
    HostTrees.delete(temporary);
    Files.createDirectory(temporary);
    Process begun =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + directory.resolve(REPORT),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                CraftedChild.class.getName())
            .redirectError(directory.resolve("errors").toFile())
            .start();
    process = begun;
    answers =
        new BufferedReader(new InputStreamReader(begun.getInputStream(), StandardCharsets.UTF_8));
    cases =
        new BufferedWriter(new OutputStreamWriter(begun.getOutputStream(), StandardCharsets.UTF_8));
  }

  /** Runs a case; null if all is well. */
  @Nullable String run(String kind, long seed) throws IOException {
    if (process == null) {
      begin();
    }
    Process now = process;
    BufferedReader from = answers;
    Writer to = cases;
    if (now == null || from == null || to == null) {
      throw new IllegalStateException("it has begun");
    }
    to.write(kind + " " + seed + "\n");
    to.flush();
    for (String line = from.readLine(); line != null; line = from.readLine()) {
      if (line.equals(CraftedChild.DONE)) {
        return null;
      }
      if (line.startsWith(CraftedChild.FAILED)) {
        end();
        return line.substring(CraftedChild.FAILED.length());
      }
    }
    String how = "ends the process with code " + end() + reported();
    return how;
  }

  /** What the virtual machine says of the native code that ended it. */
  private String reported() throws IOException {
    StringBuilder words = new StringBuilder();
    for (String name : List.of(REPORT, "errors")) {
      Path file = directory.resolve(name);
      if (Files.exists(file)) {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
          lines
              .filter(line -> line.startsWith("# C  ") || line.contains("what():"))
              .limit(2)
              .forEach(line -> words.append("; ").append(line.strip()));
        }
        Files.delete(file);
      }
    }
    return words.toString();
  }

  private int end() throws IOException {
    Process ending = process;
    Writer to = cases;
    process = null;
    if (ending == null || to == null) {
      return 0;
    }
    try {
      to.close();
    } catch (IOException gone) {
      // It ended before it read all of it.
      ending.destroy();
    }
    try {
      if (!ending.waitFor(1, TimeUnit.MINUTES)) {
        ending.destroyForcibly().waitFor();
      }
      return ending.exitValue();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return ending.destroyForcibly().isAlive() ? -1 : ending.exitValue();
    }
  }

  @Override
  public void close() throws IOException {
    end();
    HostTrees.delete(directory);
  }
}
