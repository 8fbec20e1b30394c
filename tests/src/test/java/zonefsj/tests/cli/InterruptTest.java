// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A signal ends a long command: it says what was done, and what it leaves is whole. The drives are
 * slow, so that a command has begun and has not ended when the signal comes.
 */
final class InterruptTest {
  private static final int INTERRUPTED = 130;
  private static final int TERMINATED = 143;
  private static final int FSCK_INTERRUPTED = 32;
  private static final int ZONES = 256;
  private static final int FILES = 40;
  private static final int FILE_BYTES = 2 << 20;
  private static final String FAR = "\\d+ of \\d+";

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private String slow(int millis) {
    return "delay(" + millis + "," + cli.image() + ")";
  }

  /** Zones of 1 MiB. */
  private void create() throws Exception {
    cli.run("create", cli.image(), "--size", ZONES + "M", "--zone-size", "1M").ok();
  }

  private void format() throws Exception {
    create();
    cli.run("mkfs", cli.image()).ok();
  }

  private static byte[] content(int file) {
    byte[] bytes = new byte[FILE_BYTES];
    new Random(file).nextBytes(bytes);
    return bytes;
  }

  private Path file(int number) {
    return cli.mountPoint().resolve("f" + number);
  }

  private void writeFiles() throws IOException {
    for (int number = 0; number < FILES; number++) {
      Files.write(file(number), content(number));
    }
  }

  private void checkFiles() throws IOException {
    for (int number = 0; number < FILES; number++) {
      assertThat(Files.readAllBytes(file(number))).isEqualTo(content(number));
    }
  }

  private void mount(String spec) throws Exception {
    cli.run("mount", spec, cli.mountPoint(), "-o", "commit=3600").ok();
  }

  private void checkDrive() throws Exception {
    assertThat(cli.run("fsck", "--data", cli.image()).ok().out()).contains("clean");
  }

  /**
   * Starts a command, sends a signal when it shows how far a task is, and returns the line that it
   * then prints.
   */
  private String interrupt(String signal, int exitCode, String task, Object... arguments)
      throws Exception {
    Path err = cli.path("stderr");
    Process command = cli.start(arguments);
    try {
      long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
      Pattern far = Pattern.compile(task + ": \\d+ % \\(");
      while (!far.matcher(Files.readString(err)).find()) {
        assertThat(command.isAlive()).as(Files.readString(err)).isTrue();
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.sleep(20);
      }
      cli.exec(Map.of(), List.of("kill", "-" + signal, Long.toString(command.pid()))).ok();
      assertThat(command.waitFor(3, TimeUnit.MINUTES)).isTrue();
      String said = Files.readString(err);
      assertThat(command.exitValue()).as(said).isEqualTo(exitCode);
      List<String> lines = said.lines().filter(line -> line.startsWith("zonefs-j: ")).toList();
      assertThat(lines).as("%s: %s", Arrays.toString(arguments), said).hasSize(1);
      return lines.get(0);
    } finally {
      command.destroyForcibly();
    }
  }

  private static String line(String work, String state) {
    return "zonefs-j: interrupted: " + work + ": " + FAR + "; " + state;
  }

  @Test
  void anInterruptedFormatIsRepeated() throws Exception {
    create();
    cli.run("zone", "finish", cli.image(), "all").ok();
    assertThat(interrupt("INT", INTERRUPTED, "resetting zones", "mkfs", slow(15)))
        .matches(line("resetting zones", "the drive holds no filesystem now: run mkfs again"));
    cli.run("mkfs", cli.image()).ok();
    checkDrive();
  }

  @Test
  void anInterruptedDumpLeavesNoFileAndAnInterruptedRestoreNoFilesystem() throws Exception {
    format();
    cli.run("zone", "finish", cli.image(), "200-255", "--force").ok();
    Path dump = cli.path("dump");
    assertThat(
            interrupt(
                "INT",
                INTERRUPTED,
                "dumping, in bytes",
                "zone",
                "dump",
                slow(50),
                dump,
                "--verbose"))
        .matches(line("dumping, in bytes", "there is no dump; run it again"));
    assertThat(dump).doesNotExist();
    cli.run("zone", "dump", cli.image(), dump).ok();
    Path back = cli.path("back.img");
    cli.run("create", back, "--size", ZONES + "M", "--zone-size", "1M").ok();
    assertThat(
            interrupt(
                "TERM",
                TERMINATED,
                "restoring, in bytes",
                "zone",
                "restore",
                dump,
                "delay(50," + back + ")",
                "--verbose"))
        .matches(
            line(
                "restoring, in bytes",
                "the drive holds a part of the dump, and cannot be mounted: run it again with"
                    + " --force"));
    assertThat(cli.run("mount", back, cli.mountPoint()).failure(1))
        .contains("holds an unfinished 'zonefs-j zone restore'");
    cli.run("zone", "restore", dump, back, "--force").ok();
    assertThat(cli.run("fsck", "--data", back).ok().out()).contains("clean");
  }

  @Test
  void zonesThatWereNotResetYetAreAsBefore() throws Exception {
    create();
    cli.run("zone", "finish", cli.image(), "all").ok();
    assertThat(interrupt("TERM", TERMINATED, "changing zones", "zone", "reset", slow(30), "all"))
        .matches(line("changing zones", "all other zones are as before"));
    assertThat(cli.run("zones", cli.image(), "--condition", "full").ok().out().lines())
        .hasSizeBetween(2, ZONES);
  }

  @Test
  void anInterruptedCheckLeavesNoFiles() throws Exception {
    format();
    mount(cli.image().toString());
    writeFiles();
    cli.run("umount", cli.mountPoint()).ok();
    Path scratch = Files.createDirectory(cli.path("scratch"));
    for (String mode : List.of("--data", "--repair")) {
      String state =
          mode.equals("--data")
              ? "the check was not done to its end; nothing was changed"
              : "the drive is as before or repaired as a whole: run fsck again";
      assertThat(
              interrupt(
                  "INT",
                  FSCK_INTERRUPTED,
                  "[a-z, ]+",
                  "fsck",
                  mode,
                  "--scratch",
                  scratch,
                  slow(mode.equals("--data") ? 100 : 400)))
          .startsWith("zonefs-j: interrupted: ")
          .endsWith("; " + state);
      assertThat(scratch).isEmptyDirectory();
    }
    checkDrive();
  }

  @Test
  void workOfADaemonEndsWithItsCommand() throws Exception {
    format();
    mount(slow(50));
    // The others come to lie in later zones.
    for (int number = FILES; number < 2 * FILES; number++) {
      Files.write(file(number), content(number));
    }
    cli.run("sync", cli.mountPoint()).ok();
    writeFiles();
    for (int number = FILES; number < 2 * FILES; number++) {
      Files.delete(file(number));
    }
    cli.run("sync", cli.mountPoint()).ok();
    assertThat(
            interrupt(
                "INT",
                INTERRUPTED,
                "verifying file data, in bytes",
                "scrub",
                "--rate",
                "2M/s",
                cli.mountPoint()))
        .matches(line("verifying file data, in bytes", "the next scrub goes on from there"));
    assertThat(cli.run("scrub", cli.mountPoint()).ok().out()).contains("nothing is damaged");
    assertThat(
            interrupt(
                "INT", INTERRUPTED, "emptying zones", "shrink", cli.mountPoint(), "--zones", "130"))
        .matches(line("emptying zones", "the filesystem keeps all its zones"));
    assertThat(cli.run("zones", cli.mountPoint()).ok().out().lines()).hasSize(ZONES + 1);
    checkFiles();
    cli.run("umount", cli.mountPoint()).ok();
    checkDrive();
  }

  @Test
  void newZonesAreTakenTogetherOrNotAtAll() throws Exception {
    format();
    Path second = cli.path("second.img");
    cli.run("create", second, "--size", ZONES + "M", "--zone-size", "1M").ok();
    cli.run("zone", "finish", second, "all").ok();
    mount(slow(30));
    String both = "delay(30,concat(" + cli.image() + "," + second + "))";
    assertThat(
            interrupt(
                "INT",
                INTERRUPTED,
                "resetting new zones",
                "grow",
                cli.mountPoint(),
                both,
                "--force"))
        .matches(line("resetting new zones", "the filesystem keeps its number of zones"));
    assertThat(cli.run("grow", cli.mountPoint(), "--force").ok().out())
        .contains("the filesystem has " + 2 * ZONES + " zones, and had " + ZONES);
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.run("fsck", "concat(" + cli.image() + "," + second + ")").ok().out())
        .contains("clean");
  }

  @Test
  void anInterruptedUnmountLeavesTheMount() throws Exception {
    format();
    mount(slow(300));
    writeFiles();
    assertThat(
            interrupt(
                "INT",
                INTERRUPTED,
                "writing what is still in memory, in bytes",
                "umount",
                "--verbose",
                cli.mountPoint()))
        .matches(
            line(
                "writing what is still in memory, in bytes",
                cli.mountPoint() + " stays mounted, and its daemon writes on"));
    assertThat(cli.isMounted()).isTrue();
    checkFiles();
    cli.run("umount", cli.mountPoint()).ok();
    checkDrive();
  }

  @Test
  void anInterruptedMountLeavesNothingMounted() throws Exception {
    format();
    mount(cli.image().toString());
    writeFiles();
    cli.run("sync", cli.mountPoint()).ok();
    cli.killDaemon();
    cli.run("umount", cli.mountPoint());
    // Without its superblock, the drive is searched for the journal, zone by zone.
    cli.run("zone", "reset", "--force", cli.image(), "0-1").ok();
    assertThat(
            interrupt(
                "INT",
                INTERRUPTED,
                "searching zones for the journal",
                "mount",
                slow(100),
                cli.mountPoint()))
        .matches(
            line(
                "searching zones for the journal",
                "nothing is mounted; the next mount begins anew"));
    assertThat(cli.isMounted()).isFalse();
    mount(cli.image().toString());
    checkFiles();
    cli.run("umount", cli.mountPoint()).ok();
    checkDrive();
  }
}
