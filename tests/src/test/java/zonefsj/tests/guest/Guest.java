// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** What tests inside the guest share. */
final class Guest {
  private static final long WAIT_SECONDS = 10;
  private static final long PAUSE_MILLIS = 10;

  private Guest() {}

  /** Refuses to go on elsewhere: what these tests do to a machine's drives cannot be undone. */
  static void demand() {
    if (System.getenv("GUEST_BOOT") == null || !Files.isDirectory(Path.of("/run/zonefs-j-guest"))) {
      throw new IllegalStateException("this runs only inside tests/guest: it resets zoned drives");
    }
  }

  /** Runs a program and gives what it printed; one that fails is an error. */
  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(String.join(" ", command) + ": status " + status + ": " + printed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(String.join(" ", command) + ": interrupted", e);
    }
    return printed;
  }

  /** Writes a value to one of the kernel's own files. */
  static void set(Path file, Object value) throws IOException {
    Files.writeString(file, value + "\n", StandardOpenOption.WRITE);
  }

  static String get(Path file) throws IOException {
    return Files.readString(file).strip();
  }

  /** Waits for what the kernel does by itself. */
  static void await(String what, BooleanSupplier condition) throws IOException {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(WAIT_SECONDS)) {
        throw new IOException(what + " did not come in " + WAIT_SECONDS + " s");
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for " + what, e);
      }
    }
  }

  /** Whether a block device is there and has been measured. */
  static boolean isReady(Path device) {
    try {
      return Files.exists(device)
          && !get(Path.of("/sys/class/block", device.getFileName().toString(), "size")).equals("0");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Whether a block device with zones is there, and the kernel has counted them, which is later.
   */
  static boolean isZoned(Path device) {
    try {
      Path queue = Path.of("/sys/class/block", device.getFileName().toString(), "queue");
      return isReady(device)
          && get(queue.resolve("zoned")).equals("host-managed")
          && !get(queue.resolve("nr_zones")).equals("0");
    } catch (IOException e) {
      return false;
    }
  }
}
