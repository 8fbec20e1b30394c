// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageFile;
import zonefsj.fs.PrintableName;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.ScratchIndex;

/** Other names for a filesystem, by the command. */
final class TuneTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @BeforeEach
  void writeAFile() throws Exception {
    cli.format();
    // It has no checkpoint yet.
    cli.run("tune", cli.image(), "--label", "test").ok();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    Files.writeString(file(), "here");
    cli.run("umount", cli.mountPoint()).ok();
  }

  private Path file() {
    return cli.mountPoint().resolve("file");
  }

  private String uuid(Path image) throws Exception {
    String info = cli.run("info", image, "--json").ok().out();
    return info.replaceAll("(?s).*\"uuid\": \"(.*?)\".*", "$1");
  }

  @Test
  void aLabelIsChangedAndTakenAway() throws Exception {
    String uuid = uuid(cli.image());
    assertThat(cli.run("tune", cli.image(), "--label", "new name").ok().out())
        .isEqualTo("UUID " + uuid + ", label new name\n");
    assertThat(cli.run("info", cli.image()).ok().out()).contains(uuid).contains("new name");
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(file()).hasContent("here");
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains(uuid + " new name");
    assertThat(cli.run("tune", cli.image(), "--label", "x").failure(1)).contains("in use");
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.run("tune", "--label=", cli.image()).ok().out())
        .isEqualTo("UUID " + uuid + ", no label\n");
    assertThat(cli.run("fsck", "--data", cli.image()).ok().out()).startsWith("clean: 1 files");
  }

  /** A copy of a drive becomes a filesystem of its own, and stays one. */
  @Test
  void aCopyWithItsOwnUuidIsMountedBesideTheOriginal() throws Exception {
    Path copy = cli.path("copy.img");
    Path other = Files.createDirectory(cli.path("other"));
    cli.shell("cp --sparse=always drive.img copy.img");
    String uuid = uuid(cli.image());
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(cli.run("mount", copy, other).failure(1)).contains("zonefs-j tune --new-uuid");
    String given = cli.run("tune", "--new-uuid", copy).ok().out();
    assertThat(given).startsWith("UUID ").doesNotContain(uuid);
    for (int mount = 0; mount < 2; mount++) {
      cli.run("mount", copy, other).ok();
      assertThat(other.resolve("file")).hasContent("here");
      Files.writeString(other.resolve("mount " + mount), "only in the copy");
      assertThat(cli.run("status", other).ok().out()).contains(uuid(copy)).doesNotContain(uuid);
      cli.run("umount", other).ok();
    }
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(given).contains(uuid(copy));
    assertThat(uuid(cli.image())).isEqualTo(uuid);
    assertThat(cli.run("dump", copy).ok().out())
        .contains("filesystem " + uuid(copy))
        .contains("its frames carry " + uuid);
    assertThat(cli.run("fsck", "--data", copy).ok().out()).startsWith("clean: 3 files");
    assertThat(cli.run("fsck", "--data", cli.image()).ok().out()).startsWith("clean: 1 files");
  }

  @Test
  void whatCannotBeIsRefusedInWords() throws Exception {
    assertThat(cli.run("tune", cli.image()).failure(2)).contains("--label LABEL or --new-uuid");
    assertThat(cli.run("tune", cli.image(), "--label", "a\nb").failure(1)).contains("control");
    assertThat(cli.run("tune", cli.image(), "--label", "x".repeat(65)).failure(1))
        .contains("longer than 64 bytes");
    Path empty = cli.path("empty.img");
    cli.run("create", empty, "--size", "64M").ok();
    assertThat(cli.run("tune", empty, "--label", "x").failure(1))
        .contains("holds no zonefs-j filesystem");
    assertThat(uuid(cli.image())).hasSize(36);
  }

  /** A label that no command of ours would write, on a drive that somebody else has made. */
  @Test
  void noCommandPrintsWhatATerminalWouldObey() throws Exception {
    String evil = "a\u001b[2J\u009b\u202e\u0007\n\u2028b";
    try (ScratchIndex index = ScratchIndex.of(ScratchIndex.ROCKS_FORMAT, Scratch.ofSystem());
        ZonedDevice device = ImageFile.open(cli.image(), DeviceAccess.READ_WRITE)) {
      Volume.mount(
              device,
              VolumeOptions.DEFAULT,
              new VolumeEnvironment(
                  Clock.systemUTC(), new SplittableRandom(1), index.stores(), false),
              facts -> facts.withLabel(evil),
              ProgressListener.NONE)
          .close();
    }
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    List<CommandFixture.Outcome> said = new ArrayList<>();
    said.add(cli.run("status", cli.mountPoint()));
    said.add(cli.run("status", "--json", cli.mountPoint()));
    said.add(cli.run("info", cli.mountPoint()));
    said.add(cli.run("gc", cli.mountPoint()));
    said.add(cli.run("top", cli.mountPoint(), "--count", "1"));
    said.add(cli.run("metrics", cli.mountPoint()));
    said.add(cli.run("options", cli.mountPoint()));
    cli.run("umount", cli.mountPoint()).ok();
    said.add(cli.run("info", cli.image()));
    said.add(cli.run("info", "--json", cli.image()));
    said.add(cli.run("fsck", cli.image()));
    said.add(cli.run("dump", cli.image()));
    said.add(cli.run("zone", "reset", cli.image(), 20));
    said.add(cli.run("mkfs", cli.image()));
    said.add(cli.run("tune", "--new-uuid", cli.image()));
    for (CommandFixture.Outcome outcome : said) {
      assertThat((outcome.out() + outcome.err()).replace("\n", "").codePoints())
          .noneMatch(PrintableName::isControl);
    }
    try (Stream<Path> logs = Files.list(cli.path("log"))) {
      for (Path log : logs.toList()) {
        assertThat(Files.readString(log).replace("\n", "").codePoints())
            .noneMatch(PrintableName::isControl);
      }
    }
  }
}
