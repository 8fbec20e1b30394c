// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The tools for drives as processes: on a drive that is mounted, and at the end of a pipe. */
final class DriveToolsMountedTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @Test
  void aMountedDriveTellsItsFactsAndIsNotTouched() throws Exception {
    cli.format();
    String before = cli.run("info", cli.image()).ok().out();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    String facts = cli.run("info", cli.mountPoint()).ok().out();
    assertThat(facts)
        .contains("in use          mounted at " + cli.mountPoint() + ", process " + cli.daemon());
    assertThat(facts.lines().limit(6)).isEqualTo(before.lines().limit(6).toList());
    assertThat(facts.lines().filter(line -> line.startsWith("holds ")).toList())
        .isEqualTo(before.lines().filter(line -> line.startsWith("holds ")).toList());
    assertThat(cli.run("info", cli.image(), "--json").ok().out()).contains("\"in_use\": true");
    assertThat(cli.run("zones", cli.mountPoint(), "--from", 60, "--count", 2).ok().out().lines())
        .hasSize(3);
    assertThat(cli.run("zones", cli.mountPoint(), "--from", 64).failure(2)).contains("no zone 64");
    String refusal =
        "zonefs-j: " + cli.image() + " is mounted at " + cli.mountPoint() + ": unmount it first";
    assertThat(cli.run("read", cli.image(), "--zone", 0).failure(1)).isEqualTo(refusal);
    assertThat(cli.run("write", cli.mountPoint(), "--zone", 40, "--force").failure(1))
        .isEqualTo(refusal);
    assertThat(cli.run("bench", cli.image(), "--write", "--force").failure(1)).isEqualTo(refusal);
    assertThat(cli.run("zone", "reset", cli.image(), 40, "--force").failure(1)).isEqualTo(refusal);
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void standardInputIsWrittenAndStandardOutputRead() throws Exception {
    cli.run("create", cli.image(), "--size", "64M", "--zone-size", "1M").ok();
    String command = String.join(" ", cli.words());
    cli.setEnvironment("TMPDIR", cli.path("").toString());
    assertThat(
            cli.shell(
                "seq 1 100000 | head -c 400000 >text; exec <text; "
                    + command
                    + " write drive.img --zone 3 --pad"))
        .isEqualTo("zone 3: 401408 bytes at offset 0, position 3145728\n");
    cli.shell(command + " read drive.img --zone 3 --length 400000 --raw | cmp - text");
    assertThat(
            cli.shell("{ cat text | " + command + " write drive.img --zone 3 - || echo $?; } 2>&1"))
        .contains("the input has 400000 bytes, not a multiple")
        .endsWith("\n1\n");
    assertThat(
            cli.shell(
                "{ cat /dev/zero | " + command + " write drive.img --zone 4 || echo $?; } 2>&1"))
        .contains("zone 4 has room for 1048576 bytes, the input has more")
        .endsWith("\n1\n");
  }
}
