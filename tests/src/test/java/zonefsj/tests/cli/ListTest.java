// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonParser;

/** What is mounted on this host; other mounts of the tests may be, too. */
final class ListTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private String lineOf(Path mountPoint) throws Exception {
    return cli.run("list")
        .ok()
        .out()
        .lines()
        .filter(line -> line.startsWith(mountPoint + " "))
        .findFirst()
        .orElse("");
  }

  @Test
  void whatIsMountedIsListedWithDriveNamesAccessUserAndDaemon() throws Exception {
    cli.format();
    assertThat(cli.run("list").ok().out())
        .startsWith("mount point")
        .doesNotContain(cli.mountPoint().toString());
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    Path other = Files.createDirectory(cli.path("other"));
    cli.exec(
            Map.of(),
            List.of("mount", "--bind", "-o", "ro", cli.mountPoint().toString(), other.toString()))
        .ok();
    assertThat(lineOf(cli.mountPoint()))
        .matches(".* " + cli.image() + " +test +[0-9a-f-]{36} +rw +0 +live");
    assertThat(lineOf(other))
        .matches(".* " + cli.image() + " +test +[0-9a-f-]{36} +r[ow] +0 +live");
    Json.Array all = (Json.Array) JsonParser.parse(cli.run("list", "--json").ok().out());
    Json.JsonObject mine =
        all.elements().stream()
            .map(Json.JsonObject.class::cast)
            .filter(
                each ->
                    new Json.Text(cli.mountPoint().toString())
                        .equals(each.members().get("mount_point")))
            .findFirst()
            .orElseThrow();
    assertThat(mine.text("source")).isEqualTo(cli.image().toString());
    assertThat(mine.text("label")).isEqualTo("test");
    assertThat(mine.text("uuid")).hasSize(36);
    assertThat(mine.truth("read_only")).isFalse();
    assertThat(mine.whole("user")).isZero();
    assertThat(mine.text("daemon")).isEqualTo("live");
  }

  @Test
  void aDaemonThatIsGoneOrSilentHoldsNothingUp() throws Exception {
    cli.format();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    String daemon = Long.toString(cli.daemon());
    cli.exec(Map.of(), List.of("kill", "-STOP", daemon)).ok();
    assertThat(lineOf(cli.mountPoint())).matches(".* - +- +rw +0 +silent");
    cli.killDaemon();
    assertThat(lineOf(cli.mountPoint())).matches(".* - +- +rw +0 +gone");
  }
}
