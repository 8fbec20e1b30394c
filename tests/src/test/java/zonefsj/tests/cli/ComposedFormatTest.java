// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageFile;

/** mkfs of drives that are put together: a refusal changes none of them. */
final class ComposedFormatTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private final List<Path> images = new ArrayList<>();

  @BeforeEach
  void createImages() throws Exception {
    image("a", "64M", "1M");
    image("b", "32M", "1M");
    image("c", "32M", "1M");
    image("small1", "6M", "1M");
    image("small2", "6M", "1M");
  }

  private Path image(String name, String size, String zoneSize) throws Exception {
    Path image = cli.path(name);
    cli.run("create", image, "--size", size, "--zone-size", zoneSize).ok();
    images.add(image);
    return image;
  }

  private String spec(String text) {
    String spec = text;
    for (String name : List.of("a", "b", "c", "small1", "small2")) {
      spec = spec.replace("@" + name + "@", cli.path(name).toString());
    }
    return spec;
  }

  private void assertRefused(String text, String words, String... options) throws Exception {
    List<byte[]> before = new ArrayList<>();
    for (Path image : images) {
      before.add(Files.readAllBytes(image));
    }
    List<Object> command = new ArrayList<>(List.of("mkfs", spec(text)));
    command.addAll(List.of(options));
    String said = cli.run(command.toArray()).failure(1);
    assertThat(said).contains(words).doesNotContain("memory");
    for (int at = 0; at < before.size(); at++) {
      assertThat(Files.readAllBytes(images.get(at)))
          .as(images.get(at).toString())
          .isEqualTo(before.get(at));
    }
  }

  /** The stripe would have its labels by then. */
  @Test
  void partsThatDoNotFitStayAsTheyAre() throws Exception {
    assertRefused("mirror(@a@,striped(@b@,@c@))", "zone size");
    assertRefused("mirror(@a@,striped(@b@,@c@))", "zone size", "--force");
  }

  @Test
  void partsThatAreTooSmallStayAsTheyAre() throws Exception {
    assertRefused("striped(@small1@,@small2@)", "a filesystem on zones of this size needs");
    assertRefused(
        "mirror(@small1@,@small2@)", "a filesystem on zones of this size needs", "--force");
  }

  @Test
  void partsThatHoldSomethingStayAsTheyAre() throws Exception {
    cli.run("mkfs", cli.path("c")).ok();
    assertRefused("mirror(@b@,@c@)", "is not empty");
    assertRefused("concat(striped(@small1@,@small2@),mirror(@b@,@c@))", "is not empty");
    cli.run("mkfs", spec("mirror(@b@,@c@)"), "--force").ok();
    assertRefused("mirror(@b@,@c@)", "holds zonefs-j filesystem");
    assertRefused("concat(@b@,@a@)", "--force");
  }

  /** Behind a cipher, and behind the first part, what is there cannot be seen. */
  @Test
  void whatIsHiddenFromTheWholeStaysAsItIs() throws Exception {
    Path key = cli.path("key");
    Path otherKey = cli.path("other-key");
    cli.run("key", "create", key).ok();
    cli.run("key", "create", otherKey).ok();
    cli.run("mkfs", cli.path("c")).ok();
    assertRefused("crypt(" + key + ",@c@)", "is not empty");
    assertRefused("concat(@b@,@c@)", "is not empty");
    assertRefused("crypt(" + key + ",concat(@b@,@c@))", "is not empty");
    cli.run("mkfs", spec("crypt(" + key + ",@b@)")).ok();
    byte[] before = Files.readAllBytes(cli.path("b"));
    String wrong = spec("crypt(" + otherKey + ",@b@)");
    assertThat(cli.run("mount", "--mkfs", wrong, cli.mountPoint()).failure(1))
        .contains("is not empty");
    assertThat(Files.readAllBytes(cli.path("b"))).isEqualTo(before);
    cli.run("mkfs", wrong, "--force").ok();
  }

  @Test
  void aMountFormatsOnlyWhatIsEmpty() throws Exception {
    Path bytes = Files.write(cli.path("bytes"), new byte[4096]);
    cli.run("write", cli.path("b"), "--zone", "3", bytes).ok();
    byte[] before = Files.readAllBytes(cli.path("b"));
    assertThat(cli.run("mount", "--mkfs", cli.path("b"), cli.mountPoint()).failure(1))
        .contains("is not empty");
    assertThat(Files.readAllBytes(cli.path("b"))).isEqualTo(before);
  }

  /** It would be emptied by then. */
  @Test
  void aLayerThatDoesNotFitLeavesThePartsOfItsDrive() throws Exception {
    cli.run("mkfs", cli.path("c")).ok();
    byte[] before = Files.readAllBytes(cli.path("c"));
    cli.run("layer", "create", "--force", spec("diff(striped(@b@,@c@),@a@)")).failure(1);
    assertThat(Files.readAllBytes(cli.path("c"))).isEqualTo(before);
  }

  /** The stripe would have its labels by then. */
  @Test
  void aPartInUseIsFoundFirst() throws Exception {
    try (ZonedDevice user = ImageFile.open(cli.path("c"), DeviceAccess.READ_WRITE)) {
      assertThat(user.geometry().zoneCount()).isEqualTo(32);
      assertRefused("concat(striped(@small1@,@small2@),@c@)", "in use");
      assertRefused("concat(striped(@small1@,@small2@),@c@)", "in use", "--force");
    }
  }

  @Test
  void aCacheFileIsNotMadeForNothing() throws Exception {
    assertRefused(
        "cache(" + cli.path("lines") + ",@small1@,size=1M)",
        "a filesystem on zones of this size needs");
    assertThat(cli.path("lines")).doesNotExist();
  }

  /** The labels would be there by then. */
  @Test
  void aFileThatIsNoCacheIsFoundFirst() throws Exception {
    Files.writeString(cli.path("words"), "words");
    assertRefused(
        "cache(" + cli.path("words") + ",mirror(@b@,@c@),size=1M)", "is not a zonefs-j cache");
    assertRefused(
        "cache(" + cli.path("words") + ",mirror(@b@,@c@),size=1M)",
        "is not a zonefs-j cache",
        "--force");
    assertThat(cli.path("words")).hasContent("words");
  }

  @Test
  void aLayerFileIsNotMadeForNothing() throws Exception {
    assertRefused(
        "diff(" + cli.path("layer") + ",@small1@)", "a filesystem on zones of this size needs");
    assertThat(cli.path("layer")).doesNotExist();
  }

  @Test
  void impossibleOptionsAreRefusedFirst() throws Exception {
    assertRefused("mirror(@b@,@c@)", "the label is longer", "--label", "x".repeat(300));
  }

  @Test
  void aMountThatFormatsChangesNothingEither() throws Exception {
    byte[] before = Files.readAllBytes(cli.path("small1"));
    cli.run("mount", "--mkfs", spec("striped(@small1@,@small2@)"), cli.mountPoint()).failure(1);
    assertThat(Files.readAllBytes(cli.path("small1"))).isEqualTo(before);
    cli.run("mount", "--mkfs", spec("mirror(@b@,@c@)"), cli.mountPoint()).ok();
    Files.writeString(cli.mountPoint().resolve("f"), "words");
    cli.run("umount", cli.mountPoint()).ok();
  }
}
