// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.file.Path;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;

/** Mounts a {@link NullFileSystem} through one transport: the process that is measured. */
final class NullDaemon {
  private NullDaemon() {}

  /**
   * Mounts, and stays until the mount ends or standard input does: whoever started this is gone
   * then, however it went.
   *
   * @param arguments name of the transport, mount point
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    FuseTransport transport =
        Candidate.TRANSPORTS.stream()
            .map(Candidate.Transport::transport)
            .filter(candidate -> candidate.name().equals(arguments[0]))
            .findFirst()
            .orElseThrow();
    try (FuseMount mount =
        transport.mount(new NullFileSystem(), FuseMountOptions.of(Path.of(arguments[1]), "null"))) {
      Thread watch = new Thread(() -> endWithInput(mount), "watch-input");
      watch.setDaemon(true);
      watch.start();
      mount.awaitEnd();
    }
  }

  private static void endWithInput(FuseMount mount) {
    try (mount) {
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      System.err.println("cannot end the mount: " + e.getMessage());
    }
  }
}
