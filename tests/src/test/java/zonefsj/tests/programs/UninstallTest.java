// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code mount-scripts/uninstall} leaves what was there before {@code install}. */
final class UninstallTest {
  private static final String PREFIX = "/opt/test";

  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  private Path checkout = Path.of("");
  private Path dest = Path.of("");

  /** A checkout that is built already: its Maven has nothing to do. */
  @BeforeEach
  void makeCheckout() throws Exception {
    checkout = sandbox.home().resolve("checkout");
    dest = sandbox.home().resolve("dest");
    Path real = sandbox.installation().checkout();
    sandbox
        .run(
            List.of(
                "bash",
                "-euc",
                """
                mkdir -p checkout/fs/cli/target/zonefs-j/modules/s3 fake dest/sbin dest/opt/test/bin
                touch checkout/fs/cli/target/zonefs-j/modules/s3/client.jar
                cp -R "$0"/mount-scripts "$0"/*.md "$0"/{LICENSE,NOTICE,pom.xml} checkout/
                cp -RL lib/lib checkout/fs/cli/target/zonefs-j/lib
                cp -R "$0"/fs/cli/target/zonefs-j/native checkout/fs/cli/target/zonefs-j/
                echo '{}' >checkout/fs/cli/target/zonefs-j/zonefs-j.cdx.json
                printf '#!/bin/sh\\n' >fake/mvn
                chmod +x fake/mvn
                """,
                real.toString()))
        .orFail();
    Files.writeString(dest.resolve("sbin/mount.other"), "x");
    Files.writeString(dest.resolve("opt/test/bin/other"), "x");
  }

  private Child.Result script(String name, String... arguments) throws Exception {
    return scriptWith("CI=", name, arguments);
  }

  private Child.Result scriptWith(String variable, String name, String... arguments)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "DESTDIR=" + dest,
                "PATH=" + sandbox.home().resolve("fake") + ":" + System.getenv("PATH"),
                variable,
                checkout.resolve("mount-scripts").resolve(name).toString()));
    command.addAll(List.of(arguments));
    return sandbox.run(command);
  }

  private static void assertRefused(Child.Result result, String... words) {
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
    assertThat(result.errors()).contains(words);
  }

  /** Files and links, with where these lead. */
  private Map<String, String> tree() throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (var all = Files.walk(dest)) {
      for (Path each : all.filter(path -> !Files.isDirectory(path)).toList()) {
        String content =
            Files.isSymbolicLink(each)
                ? Files.readSymbolicLink(each).toString()
                : Long.toString(Files.size(each));
        tree.put(dest.relativize(each).toString(), content);
      }
    }
    return tree;
  }

  private List<Path> directories() throws IOException {
    try (var all = Files.walk(dest)) {
      return all.filter(Files::isDirectory).sorted().toList();
    }
  }

  /** They name the place of the command. */
  @Test
  void unitsAndRulesRunWhatWasInstalled() throws Exception {
    script("install", PREFIX).orFail();
    assertThat(dest.resolve("opt/test/lib/systemd/system/zonefs-j-scrub@.service"))
        .content()
        .contains("ExecStart=/opt/test/bin/zonefs-j scrub %f")
        .doesNotContain("/usr/local");
    assertThat(dest.resolve("opt/test/lib/udev/rules.d/61-zonefs-j.rules"))
        .content()
        .contains("\"/opt/test/lib/zonefs-j/mount-scripts/zonefs-j-probe $devnode\"")
        .doesNotContain("/usr/local");
    assertThat(dest.resolve("opt/test/lib/zonefs-j/mount-scripts/zonefs-j-probe")).isExecutable();
  }

  @Test
  void nothingThatWasInstalledIsLeftAndAllElseIs() throws Exception {
    Map<String, String> before = tree();
    List<Path> directoriesBefore = directories();
    script("install", PREFIX).orFail();
    // The second one finds directories that the first one has made.
    script("install", PREFIX).orFail();
    assertThat(tree())
        .containsKeys(
            "sbin/mount.fuse.zonefs-j",
            "sbin/fsck.fuse.zonefs-j",
            "opt/test/share/doc/zonefs-j/zonefs-j.cdx.json",
            "opt/test/share/doc/zonefs-j/SEMANTICS.md",
            "opt/test/bin/zonefs-j",
            "opt/test/lib/systemd/system/zonefs-j-scrub@.timer",
            "opt/test/lib/systemd/system/zonefs-j-scrub@.service",
            "opt/test/lib/udev/rules.d/61-zonefs-j.rules",
            "opt/test/share/man/man5/zonefs-j.5",
            "opt/test/share/man/man8/zonefs-j.8",
            "opt/test/share/man/man8/mount.fuse.zonefs-j.8",
            "opt/test/share/bash-completion/completions/zonefs-j",
            "opt/test/share/zsh/site-functions/_zonefs-j");
    String said = script("uninstall", PREFIX).orFail();
    assertThat(tree()).isEqualTo(before);
    assertThat(directories()).isEqualTo(directoriesBefore);
    assertThat(dest.resolve("opt/test/lib/zonefs-j")).doesNotExist();
    assertThat(dest.resolve("opt/test/share/doc/zonefs-j")).doesNotExist();
    assertThat(said).contains("/var/lib/zonefs-j").contains("/var/log/zonefs-j");
    Child.Result again = script("uninstall", PREFIX);
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.errors()).contains("nothing is installed in " + dest + PREFIX);
  }

  @Test
  void theSamePlaceByAnotherNameKeepsWhatWasInstalled() throws Exception {
    script("install", PREFIX).orFail();
    Map<String, String> installed = tree();
    Path list = dest.resolve("opt/test/lib/zonefs-j/installed");
    String plain = Files.readString(list);
    for (String name : List.of("/opt/test/", "/opt//test", "/opt/./test//", PREFIX)) {
      script("install", "--prefix", name).orFail();
      assertThat(tree()).as(name).isEqualTo(installed);
      assertThat(list).hasContent(plain);
      // As earlier versions wrote it.
      Files.writeString(list, plain.replace("/opt/test/", "/opt/test//"));
    }
    assertRefused(script("install", "--prefix", "/opt/x/../test"), "without '..'");
    // A link to the same directory is no other place either.
    Files.createSymbolicLink(dest.resolve("opt/link"), Path.of("test"));
    script("install", "--prefix", "/opt/link").orFail();
    assertThat(tree().keySet()).containsAll(installed.keySet());
    script("uninstall", "--prefix", "/opt/test/").orFail();
    assertThat(tree()).containsOnlyKeys("opt/test/bin/other", "sbin/mount.other");
  }

  /** What cannot be made complete does not replace what is. */
  @Test
  void anInstallationThatFailsLeavesTheOldOne() throws Exception {
    script("install", PREFIX).orFail();
    Map<String, String> installed = tree();
    assertRefused(
        scriptWith("JAVA_HOME=/nowhere", "install", PREFIX),
        "no java found",
        "the command does not run, see above",
        "nothing was changed");
    assertThat(tree()).isEqualTo(installed);
    Path page = dest.resolve("opt/test/share/man/man8/zonefs-j.8");
    Files.delete(page);
    Files.createDirectory(page);
    assertRefused(script("install", PREFIX), page + " is a directory", "nothing was changed");
    Files.delete(page);
    // One that was killed between its two renames.
    Path home = dest.resolve("opt/test/lib/zonefs-j");
    Files.move(home, home.resolveSibling("zonefs-j.old"));
    Files.createDirectory(home.resolveSibling("zonefs-j.new"));
    Files.writeString(home.resolveSibling("zonefs-j.new/part"), "x");
    script("install", PREFIX).orFail();
    assertThat(tree()).isEqualTo(installed);
  }

  @Test
  void whatANewVersionNoLongerHasIsRemovedAndNothingElse() throws Exception {
    script("install", PREFIX).orFail();
    Map<String, String> installed = tree();
    Path strange = Files.writeString(dest.resolve("opt/strange"), "mine");
    Path old = Files.createDirectories(dest.resolve("opt/test/share/doc/zonefs-j/monitoring"));
    Files.writeString(old.resolve("alerts.yml"), "x");
    Path list = dest.resolve("opt/test/lib/zonefs-j/installed");
    String added =
        PREFIX
            + "/share/doc/zonefs-j/monitoring/\n"
            + PREFIX
            + "/share/doc/zonefs-j/monitoring/alerts.yml\n/opt/strange\n/sbin/mount.other\n"
            + PREFIX
            + "/../strange\n";
    Files.writeString(list, Files.readString(list) + added);
    Child.Result again = script("install", PREFIX);
    assertThat(again.exitCode()).as(again.toString()).isZero();
    assertThat(again.errors()).contains("left: /opt/strange, which is in the list");
    assertThat(old).doesNotExist();
    assertThat(strange).hasContent("mine");
    assertThat(dest.resolve("sbin/mount.other")).hasContent("x");
    Files.writeString(list, Files.readString(list) + added);
    script("uninstall", PREFIX).orFail();
    assertThat(strange).hasContent("mine");
    assertThat(tree()).containsOnlyKeys("opt/strange", "opt/test/bin/other", "sbin/mount.other");
    assertThat(installed).containsKey("opt/test/share/zonefs-j/monitoring/alerts.yml");
  }

  @Test
  void anotherInstallationKeepsItsLinksAndItsSettings() throws Exception {
    String theirs = "/usr/lib/zonefs-j/mount-scripts/mount.fuse.zonefs-j";
    Path helper = dest.resolve("sbin/mount.fuse.zonefs-j");
    Files.createDirectories(dest.resolve("usr/lib/zonefs-j/mount-scripts"));
    Files.writeString(dest.resolve(theirs.substring(1)), "x");
    Files.createSymbolicLink(helper, Path.of(theirs));
    Map<String, String> before = tree();
    assertRefused(
        script("install", PREFIX), helper + " leads to " + dest + theirs, "take its place");
    assertThat(tree()).isEqualTo(before);
    script("install", "--prefix", PREFIX, "--force").orFail();
    assertThat(Files.readSymbolicLink(helper)).hasToString(PREFIX + theirs.substring(4));
    // And back.
    Files.delete(helper);
    Files.createSymbolicLink(helper, Path.of(theirs));
    Child.Result removed = script("uninstall", PREFIX);
    assertThat(removed.exitCode()).as(removed.toString()).isZero();
    assertThat(removed.errors()).contains("etc/zonefs-j.conf, which another installation uses");
    assertThat(Files.readSymbolicLink(helper)).hasToString(theirs);
    assertThat(dest.resolve("etc/zonefs-j.conf")).exists();
  }

  @Test
  void settingsThatNobodyChangedFollowTheVersion() throws Exception {
    script("install", PREFIX).orFail();
    Path settings = dest.resolve("etc/zonefs-j.conf");
    Path template = checkout.resolve("mount-scripts/zonefs-j.conf");
    Files.writeString(template, Files.readString(template) + "# new\n");
    script("install", PREFIX).orFail();
    assertThat(settings).hasSameTextualContentAs(template);
    Files.writeString(settings, "ZONEFSJ_OPTS=ro\n");
    Files.writeString(template, Files.readString(template) + "# newer\n");
    script("install", PREFIX).orFail();
    assertThat(settings).hasContent("ZONEFSJ_OPTS=ro");
    Files.copy(template, settings, StandardCopyOption.REPLACE_EXISTING);
    script("uninstall", PREFIX).orFail();
    assertThat(settings).doesNotExist();
  }

  /** As under sudo: root leaves nothing there that its owner cannot change. */
  @Test
  void aCheckoutIsBuiltByItsOwner() throws Exception {
    sandbox
        .run(
            List.of(
                "bash",
                "-euc",
                """
                chmod 755 .
                printf '#!/bin/sh\\nid -u >%s/fs/cli/target/who\\n' "$0" >fake/mvn
                chown -R 1001:1001 checkout
                """,
                checkout.toString()))
        .orFail();
    script("install", PREFIX).orFail();
    assertThat(checkout.resolve("fs/cli/target/who")).hasContent("1001");
    Path launcher = dest.resolve("opt/test/lib/zonefs-j/mount-scripts/zonefs-j");
    assertThat(Files.getAttribute(launcher, "unix:uid")).isEqualTo(0);
    assertThat(sandbox.run(List.of("find", checkout.toString(), "-user", "0")).orFail()).isEmpty();
  }

  @Test
  void librariesOfAnotherMachineAreRefused() throws Exception {
    Path natives = checkout.resolve("fs/cli/target/zonefs-j/native");
    sandbox
        .run(
            List.of(
                "bash", "-euc", "rm \"$0\"/*; touch \"$0\"/librocksdbjni-sparc.so", natives + ""))
        .orFail();
    Map<String, String> before = tree();
    assertRefused(script("install", PREFIX), "native libraries", "are of another");
    assertThat(tree()).isEqualTo(before);
    script("install", "--force", PREFIX).orFail();
  }

  @Test
  void thePagesHaveTheVersionAndStrangePlacesAreSaid() throws Exception {
    Path page = checkout.resolve("mount-scripts/man/zonefs-j.8");
    String version = sandbox.zonefsj("--version").orFail().strip().replaceFirst(".* ", "");
    Files.writeString(page, Files.readString(page).replace(version, "0.0.0-old"));
    String said = script("install", PREFIX).orFail();
    assertThat(said)
        .contains("systemctl link /opt/test/lib/systemd/system/zonefs-j*")
        .contains("MANPATH=/opt/test/share/man");
    assertThat(dest.resolve("opt/test/share/man/man8/zonefs-j.8"))
        .content()
        .contains("\"zonefs\\-j " + version + "\"");
    assertThat(script("install", "--prefix", "/usr/local", "--force").orFail())
        .doesNotContain("systemctl");
  }

  /** What a build and an installation do, if they do not pack for elsewhere. */
  @Test
  void laterStartsFindTheClassesInAnArchive() throws Exception {
    script("install", PREFIX).orFail();
    Path archive = checkout.resolve("fs/cli/target/zonefs-j/classes.jsa");
    assertThat(Files.getPosixFilePermissions(archive)).contains(PosixFilePermission.OTHERS_READ);
    Path loads = sandbox.home().resolve("loads");
    String command = checkout.resolve("mount-scripts/zonefs-j").toString();
    List<String> logged =
        List.of("env", "ZONEFSJ_JAVA_OPTS=-Xlog:class+load:file=" + loads, command, "--version");
    sandbox.run(logged).orFail();
    String archived = "zonefsj.fs.cli.Main source: shared objects file";
    assertThat(loads).content().contains(archived);
    // Of other jars it is of no use, and nobody need know.
    sandbox
        .run(
            List.of("bash", "-euc", "touch \"$0\"/fs/cli/target/zonefs-j/lib/*.jar", checkout + ""))
        .orFail();
    Child.Result other = sandbox.run(logged);
    assertThat(other.exitCode()).as(other.toString()).isZero();
    assertThat(other.output() + other.errors()).matches("zonefs-j [0-9.]+\\n");
    assertThat(loads).content().doesNotContain(archived);
  }

  @Test
  void whatOthersHavePutThereIsLeft() throws Exception {
    script("install", PREFIX).orFail();
    Path helper = dest.resolve("sbin/mount.fuse.zonefs-j");
    Files.delete(helper);
    Files.createSymbolicLink(
        helper, Path.of("/usr/lib/zonefs-j/mount-scripts/mount.fuse.zonefs-j"));
    Path notes = Files.writeString(dest.resolve("opt/test/share/doc/zonefs-j/notes"), "mine");
    Child.Result result = script("uninstall", PREFIX);
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(result.errors())
        .contains("left: " + helper)
        .contains("left: " + notes.getParent() + ", with what");
    assertThat(Files.isSymbolicLink(helper)).isTrue();
    assertThat(notes).hasContent("mine");
    assertThat(dest.resolve("sbin/umount.fuse.zonefs-j")).doesNotExist();
  }

  @Test
  void aDaemonThatRunsFromThereForbidsIt() throws Exception {
    script("install", PREFIX).orFail();
    sandbox.createDrive();
    String installed = dest + PREFIX + "/lib/zonefs-j/mount-scripts/zonefs-j";
    sandbox
        .run(
            List.of(
                installed, "mount", sandbox.image().toString(), sandbox.mountPoint().toString()))
        .orFail();
    assertThat(Files.readString(Path.of("/proc", sandbox.daemons().get(0).pid() + "", "maps")))
        .as("what each start would unpack")
        .contains(dest.toRealPath() + PREFIX + "/lib/zonefs-j/native/librocksdbjni");
    Map<String, String> before = tree();
    Child.Result refused = script("uninstall", PREFIX);
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
    assertThat(refused.errors())
        .contains("still running from " + dest + PREFIX)
        .contains("process " + sandbox.daemons().get(0).pid())
        .contains("unmount first");
    assertThat(tree()).isEqualTo(before);
    // A tool that cannot run has not found that nothing runs.
    sandbox
        .run(
            List.of(
                "bash",
                "-euc",
                "for tool in grep xargs find; do printf '#!/bin/sh\\nexit 127\\n' >fake/$tool;"
                    + " chmod +x fake/$tool; done"))
        .orFail();
    assertThat(script("uninstall", PREFIX).errors()).contains("still running from");
    assertThat(tree()).isEqualTo(before);
    sandbox.run(List.of("rm", "fake/grep", "fake/xargs", "fake/find")).orFail();
    sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
    script("uninstall", PREFIX).orFail();
  }

  @Test
  void aProgramOfAnotherUserThatLooksLikeADaemonDoesNotForbidIt() throws Exception {
    script("install", PREFIX).orFail();
    String home = dest.toRealPath() + PREFIX + "/lib/zonefs-j";
    // Root opens the jar for it: others may not look where this test installs.
    Process pretender =
        new ProcessBuilder(
                "sh",
                "-c",
                "set -- \"$0\"/lib/*.jar; exec 3<\"$1\" setpriv --reuid=1001 --regid=1001"
                    + " --clear-groups sh -c 'echo; read wait'"
                    + " -Dzonefsj.launcher=\"$0\"/mount-scripts/zonefs-j",
                home)
            .start();
    try {
      assertThat(pretender.getInputStream().read()).isEqualTo('\n');
      Child.Result removed = script("uninstall", PREFIX);
      assertThat(removed.exitCode()).as(removed.toString()).isZero();
      assertThat(removed.errors()).contains("process " + pretender.pid() + " of other users");
    } finally {
      pretender.destroyForcibly();
    }
  }
}
