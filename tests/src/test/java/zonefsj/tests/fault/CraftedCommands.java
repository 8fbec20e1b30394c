// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.Main;
import zonefsj.fs.cli.drive.DriveOpener;

/**
 * All commands that open a drive, one after the other, on files that somebody crafted: each ends in
 * words and with an exit code that it has, takes little memory, and no more room.
 */
final class CraftedCommands {
  /** Of a drive in one file. */
  static final List<List<String>> OF_ONE =
      List.of(
          List.of("info", "SPEC"),
          List.of("info", "SPEC", "--json"),
          List.of("zones", "SPEC"),
          List.of("read", "SPEC", "--zone", "1", "--length", "4096"),
          List.of("dump", "SPEC"),
          List.of("fsck", "SPEC"),
          List.of("zone", "open", "SPEC", "3", "--force"),
          List.of("zone", "close", "SPEC", "3", "--force"),
          List.of("zone", "finish", "SPEC", "4", "--force"),
          List.of("zone", "reset", "SPEC", "5", "--force"),
          List.of("tune", "SPEC", "--label", "other"),
          List.of("fsck", "SPEC", "--repair"),
          List.of("mkfs", "SPEC", "--force"));

  /** Of a drive that stands on others. */
  static final List<List<String>> OF_STACK =
      List.of(
          List.of("info", "SPEC"),
          List.of("info", "SPEC", "--json"),
          List.of("zones", "SPEC"),
          List.of("dump", "SPEC"),
          List.of("fsck", "SPEC"),
          List.of("zone", "reset", "SPEC", "5", "--force"),
          List.of("tune", "SPEC", "--label", "other"),
          List.of("fsck", "SPEC", "--repair"),
          List.of("mkfs", "SPEC"),
          List.of("mkfs", "SPEC", "--force"));

  /** Of the heap, by one command: a zone takes about 300 bytes, and there are 262,144 at most. */
  private static final long MAX_ALLOCATED_BYTES = 512L << 20;

  private static final com.sun.management.ThreadMXBean MEMORY =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final String spec;
  private final Room room;
  private final long mostBytes;
  private final List<List<String>> commands;
  private final SplittableRandom random;

  /** The length of all files of which a drive is made. */
  @FunctionalInterface
  interface Room {
    long bytes() throws IOException;
  }

  /** The length of some files. */
  static long bytesOf(List<Path> files) throws IOException {
    long sum = 0;
    for (Path file : files) {
      sum += Files.size(file);
    }
    return sum;
  }

  /**
   * @param spec stands for SPEC in the commands
   * @param room that it takes
   * @param mostGrowthBytes it grows by no more
   */
  CraftedCommands(
      String spec,
      Room room,
      long mostGrowthBytes,
      List<List<String>> commands,
      SplittableRandom random)
      throws IOException {
    this.spec = spec;
    this.room = room;
    this.mostBytes = room.bytes() + mostGrowthBytes;
    this.commands = commands;
    this.random = random;
  }

  /** Runs them; null if all is well. */
  @Nullable String run() throws IOException {
    for (List<String> command : commands) {
      String wrong = answer(command);
      if (wrong == null && room.bytes() > mostBytes) {
        wrong = "makes the files " + room.bytes() + " bytes long";
      }
      if (wrong != null) {
        return String.join(" ", command) + " " + wrong;
      }
      if (command.contains("fsck") && !command.contains("--repair")) {
        wrong = mounted();
        if (wrong != null) {
          return wrong;
        }
      }
    }
    return null;
  }

  private @Nullable String answer(List<String> command) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<String> words = new ArrayList<>(command);
    words.replaceAll(word -> word.equals("SPEC") ? spec : word);
    long before = MEMORY.getThreadAllocatedBytes(Thread.currentThread().getId());
    int exitCode =
        Main.run(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            words.toArray(new String[0]));
    long allocated = MEMORY.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    String said = err.toString(StandardCharsets.UTF_8);
    boolean isFsck = command.contains("fsck");
    if (exitCode < 0 || exitCode > (isFsck ? 15 : 2)) {
      return "ends with code " + exitCode + ": " + said;
    }
    if (exitCode != 0 && said.isBlank() && !isFsck) {
      return "fails without words";
    }
    if (said.contains("internal error") || said.contains("Exception")) {
      return "says " + said;
    }
    return allocated > MAX_ALLOCATED_BYTES ? "allocates " + allocated + " bytes" : null;
  }

  private @Nullable String mounted() throws IOException {
    try (ZonedDevice drive = new DriveOpener().openToWrite(spec)) {
      FaultyVolume.mounting(random.split()).on(drive).close();
    } catch (IOException refused) {
      String words = refused.getMessage();
      return words == null || words.isBlank() ? "a mount refuses without words: " + refused : null;
    }
    return room.bytes() <= mostBytes ? null : "a mount makes the files longer";
  }
}
