// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.direct.DirectFuseTransport;
import zonefsj.fs.fuse.jnr.JnrFuseTransport;

/** A daemon that serves a filesystem without contents. */
sealed interface Candidate {
  /**
   * The way of a careful program in C: by inode number, large requests, attributes with a listing.
   */
  Native LIBFUSE3 = new Native("C libfuse3", "null_fuse3");

  /** What a binding to libfuse 2.9 could reach. */
  Native LIBFUSE2 = new Native("C libfuse2", "null_fuse2");

  /** Our own, each with the peer that it is measured against. */
  List<Transport> TRANSPORTS =
      List.of(
          new Transport(new DirectFuseTransport(), LIBFUSE3),
          new Transport(new JnrFuseTransport(), LIBFUSE2));

  /** All, in the order of the columns. */
  static List<Candidate> all() {
    return Stream.<Candidate>concat(Stream.of(LIBFUSE3, LIBFUSE2), TRANSPORTS.stream()).toList();
  }

  /** Title of its column. */
  String name();

  /** Requests served at once, alike for all: what the default of a mount is on this machine. */
  static String threads() {
    return Integer.toString(FuseMountOptions.of(Path.of("/"), "null").threadCount());
  }

  /** The command that mounts it and stays until the mount has ended. */
  List<String> command(NativePrograms programs, Path mountPoint);

  /**
   * A program in C.
   *
   * @param program its source, without ".c", and what that is compiled to
   */
  record Native(String name, String program) implements Candidate {
    @Override
    public List<String> command(NativePrograms programs, Path mountPoint) {
      return List.of(programs.path(program), mountPoint.toString(), threads());
    }
  }

  /**
   * A transport of ours over {@link NullFileSystem}, in a JVM of its own.
   *
   * @param peer what it is measured against
   */
  record Transport(FuseTransport transport, Native peer) implements Candidate {
    /** As mount-scripts/zonefs-j starts the daemon; ZONEFSJ_JAVA_OPTS adds to it there, too. */
    private static final List<String> OPTIONS =
        List.of(
            "-Xms32m",
            "-Xmx256m",
            "-XX:MaxDirectMemorySize=512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");

    @Override
    public String name() {
      return transport.name();
    }

    @Override
    public List<String> command(NativePrograms programs, Path mountPoint) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(OPTIONS);
      String more = System.getenv().getOrDefault("ZONEFSJ_JAVA_OPTS", "").strip();
      command.addAll(Arrays.stream(more.split("\\s+")).filter(word -> !word.isEmpty()).toList());
      command.addAll(
          List.of(
              "-cp",
              System.getProperty("java.class.path"),
              NullDaemon.class.getName(),
              name(),
              mountPoint.toString()));
      return command;
    }
  }
}
