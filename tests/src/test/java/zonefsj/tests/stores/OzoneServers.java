// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import zonefsj.tests.HostTrees;

/** Servers of Ozone in a process of their own, which ends with this one. For one thread. */
public final class OzoneServers implements StoreTrouble, AutoCloseable {
  private static final int DATANODES = 5;
  private static final String READY = "ready ";

  private final Path directory = Files.createTempDirectory("ozone");
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;
  private final String address;

  private OzoneServers(Path module) throws IOException {
    String path =
        module.resolve("target/classes")
            + ":"
            + Files.readString(module.resolve("target/classpath")).strip();
    process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx1g",
                    "-Djava.io.tmpdir=" + directory,
                    "-cp",
                    path,
                    "zonefsj.tests.ozone.OzoneCluster",
                    Integer.toString(DATANODES)))
            .directory(directory.toFile())
            .redirectError(directory.resolve("errors").toFile())
            .start();
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    commands =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    address = await(READY).substring(READY.length());
  }

  /**
   * Runs tests on them.
   *
   * @return how many failed
   */
  public static long prove(PrintStream out, Class<?>... tests) throws IOException {
    Path module = Path.of(System.getProperty("zonefsj.root", ".")).resolve("tests/ozone");
    try (OzoneServers servers = new OzoneServers(module)) {
      return ServerProof.prove("ozone", name -> servers.address + "/" + name, servers, out, tests);
    }
  }

  private String await(String beginning) throws IOException {
    String line = answers.readLine();
    while (line != null && !line.startsWith(beginning)) {
      line = answers.readLine();
    }
    if (line == null) {
      throw new IOException("the servers ended: " + Files.readString(directory.resolve("errors")));
    }
    return line;
  }

  private void tell(String command) throws IOException {
    commands.write(command);
    commands.newLine();
    commands.flush();
    await("done");
  }

  @Override
  public void loseOne() throws IOException {
    tell("lose 0");
  }

  @Override
  public void setRunning(boolean running) throws IOException {
    tell(running ? "start" : "stop");
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    HostTrees.delete(directory);
  }
}
