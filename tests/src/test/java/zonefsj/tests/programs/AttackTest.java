// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an ordinary user does to root's commands on a host that both use. */
final class AttackTest {
  private static final int ROOT = SharedHost.ROOT;
  private static final int ATTACKER = SharedHost.OTHER;
  private static final String DRIVE =
      "zonefs-j create d.img --size 64M --zone-size 1M; zonefs-j mkfs d.img --label backup";

  @RegisterExtension final SharedHost host = new SharedHost(ATTACKER);

  /** Mounts the attacker's drive, which bears the label of root's. */
  private void mountAttackersDrive() throws Exception {
    host.as(
            ATTACKER,
            DRIVE + "; zonefs-j mount d.img " + host.mountPoint() + " -o transport=direct")
        .orFail();
  }

  @Test
  void aUsersMountIsNotFoundByItsLabel() throws Exception {
    mountAttackersDrive();
    host.as(ROOT, "mkdir m").orFail();
    for (String command :
        new String[] {
          "info LABEL=backup",
          "mkfs LABEL=backup --force",
          "fsck LABEL=backup",
          "zone reset LABEL=backup 5",
          "mount LABEL=backup m"
        }) {
      Child.Result found = host.as(ROOT, "zonefs-j " + command);
      assertThat(found.exitCode()).as(found.toString()).isNotZero();
      assertThat(found.errors()).contains("LABEL=backup").doesNotContain("u" + ATTACKER);
    }
    host.as(ATTACKER, "zonefs-j umount " + host.mountPoint()).orFail();
  }

  @Test
  void aUsersMountWithTheSameLabelDoesNotHideRootsOwn() throws Exception {
    host.as(ROOT, DRIVE + "; mkdir m; zonefs-j mount d.img m").orFail();
    mountAttackersDrive();
    assertThat(host.as(ROOT, "zonefs-j info LABEL=backup").orFail())
        .contains(host.homeOf(ROOT).resolve("d.img").toString());
    host.as(ATTACKER, "zonefs-j umount " + host.mountPoint()).orFail();
    host.as(ROOT, "zonefs-j umount m").orFail();
  }

  @ParameterizedTest
  @ValueSource(strings = {"silent", "floods"})
  void aFalseDaemonHoldsUpNoCommandOfRoot(String how) throws Exception {
    host.as(ROOT, DRIVE).orFail();
    host.start(ATTACKER, "attacker.py", how, host.mountPoint().toString(), "/none");
    assertThat(host.as(ROOT, "zonefs-j info LABEL=backup").errors()).contains("LABEL=backup");
    for (String command : new String[] {"status", "sync", "gc", "scrub", "zones", "info"}) {
      Child.Result refused = host.as(ROOT, "zonefs-j " + command + " " + host.mountPoint());
      assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
      assertThat(refused.errors()).contains("was mounted by user " + ATTACKER);
    }
    host.as(ROOT, "zonefs-j umount " + host.mountPoint()).orFail();
    assertThat(host.isMounted()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"silent", "floods"})
  void aFalseDaemonIsListedAndNotAsked(String how) throws Exception {
    host.as(ROOT, DRIVE + "; mkdir m; zonefs-j mount d.img m -o ro").orFail();
    host.start(ATTACKER, "attacker.py", how, host.mountPoint().toString(), "/none\033[2J");
    String listed = host.as(ROOT, "zonefs-j list").orFail();
    assertThat(listed.lines().skip(1)).hasSize(2);
    assertThat(listed.lines().skip(1).findFirst().orElseThrow())
        .matches(
            host.homeOf(ROOT).resolve("m")
                + " +"
                + host.homeOf(ROOT).resolve("d.img")
                + " +backup +[0-9a-f-]{36} +ro +0 +live");
    assertThat(listed.lines().skip(2).findFirst().orElseThrow())
        .matches(host.mountPoint() + " +/none\\?\\[2J +- +- +rw +" + ATTACKER + " +not-asked");
    assertThat(host.as(ROOT, "zonefs-j list --json").orFail())
        .contains("\"uuid\": null")
        .contains("\"user\": " + ATTACKER);
    // The other way round it is the same.
    assertThat(host.as(SharedHost.USER, "zonefs-j list").orFail())
        .containsPattern("d\\.img +- +- +ro +0 +not-asked");
    host.as(ROOT, "zonefs-j umount m").orFail();
  }

  /** Its user's processes keep it busy, and root may not look into it. */
  @ParameterizedTest
  @ValueSource(strings = {"", ",allow_other"})
  void rootClearsADeadMountThatIsInUse(String options) throws Exception {
    host.as(ROOT, "echo user_allow_other >fuse.conf; mount --bind fuse.conf /etc/fuse.conf")
        .orFail();
    host.as(
            ATTACKER,
            DRIVE
                + "; zonefs-j mount d.img "
                + host.mountPoint()
                + " -o transport=direct"
                + options
                + "\necho x >"
                + host.mountPoint()
                + "/f; sleep 300 <"
                + host.mountPoint()
                + "/f >/dev/null 2>&1 & sleep 1")
        .orFail();
    Child.Result busy = host.as(ROOT, "zonefs-j umount " + host.mountPoint());
    assertThat(busy.exitCode()).as(busy.toString()).isEqualTo(1);
    assertThat(busy.errors()).contains("is in use");
    host.as(
            ATTACKER,
            "kill -9 $(zonefs-j status " + host.mountPoint() + " | sed -n 's/^since.*process //p')")
        .orFail();
    Child.Result cleared = host.as(ROOT, "zonefs-j umount " + host.mountPoint());
    assertThat(cleared.exitCode()).as(cleared.toString()).isZero();
    assertThat(cleared.errors()).contains("its dead mount is cleared");
    assertThat(host.isMounted()).isFalse();
  }

  /** When umount(8) looked it up, the way led to the attacker's mount. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "umount.fuse.zonefs-j %s",
        "umount.fuse.zonefs-j %s -l",
        "umount.fuse.zonefs-j %s -f",
        "umount.fuse.zonefs-j %s -f -l"
      })
  void rootUnmountsNothingElseThanWhatIsMeant(String command) throws Exception {
    host.as(ROOT, "mkdir -p victim/m; mount -t tmpfs tmpfs victim/m").orFail();
    Path victim = host.homeOf(ROOT).resolve("victim/m");
    Path place = swap(victim);
    Child.Result refused = host.as(ROOT, command.formatted(place));
    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
    assertThat(host.isMounted(victim)).isTrue();
    assertThat(host.isMounted(place.resolveSibling("../a.moved/m").normalize())).isTrue();
  }

  /** Where the path leads now, there is a mount that root's command could end as well. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "zonefs-j umount %s",
        "umount.fuse.zonefs-j %s",
        "umount.fuse.zonefs-j %s -l",
        "zonefs-j umount %s.img"
      })
  void rootUnmountsNoOtherMountOfRoot(String command) throws Exception {
    host.as(ROOT, DRIVE + "; mkdir -p victim/m; zonefs-j mount d.img victim/m").orFail();
    Path victim = host.homeOf(ROOT).resolve("victim/m");
    Path place = swap(victim);
    host.as(ROOT, "ln -s ../d.img victim/m.img").orFail();
    Child.Result refused = host.as(ROOT, command.formatted(place));
    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
    assertThat(refused.errors()).contains("belongs to user " + ATTACKER);
    assertThat(host.isMounted(victim)).isTrue();
    // Root's own link leads where root wants it to.
    host.as(ROOT, "ln -s victim link; zonefs-j umount link/m").orFail();
    assertThat(host.isMounted(victim)).isFalse();
  }

  /** The attacker mounts, and then leads the path of the mount to another place. */
  private Path swap(Path victim) throws Exception {
    Path place = host.homeOf(ATTACKER).resolve("a/m");
    host.as(ATTACKER, "mkdir -p a/m").orFail();
    host.start(ATTACKER, "attacker.py", "swaps", place.toString(), "/none", victim.toString());
    return place;
  }

  /** Its daemon answers nothing, so nothing may be asked. */
  @ParameterizedTest
  @ValueSource(strings = {"-l", "-f"})
  void rootEndsAHangingMountAtOnce(String how) throws Exception {
    host.start(ATTACKER, "attacker.py", "silent", host.mountPoint().toString(), "/none");
    host.as(ROOT, "timeout -k 1 60 umount.fuse.zonefs-j " + host.mountPoint() + " " + how).orFail();
    assertThat(host.isMounted()).isFalse();
  }

  @Test
  void aDriveIsNotMountedBecauseAUserSaysSo() throws Exception {
    host.as(ROOT, DRIVE).orFail();
    String image = host.homeOf(ROOT).resolve("d.img").toString();
    host.start(ATTACKER, "attacker.py", "hold", host.mountPoint().toString(), image);
    assertThat(host.as(ROOT, "zonefs-j fsck d.img").orFail()).startsWith("clean");
    host.as(ROOT, "zonefs-j info d.img").orFail();
    host.as(ROOT, "zonefs-j zone finish d.img 9 --force").orFail();
  }

  @Test
  void nothingIsDeletedInTheDirectoriesOfOthers() throws Exception {
    host.as(ROOT, "mkdir -m 755 kept; touch kept/0-0.999999999.sock").orFail();
    host.start(
        ATTACKER,
        "attacker.py",
        "dies",
        host.mountPoint().toString(),
        "/none",
        host.homeOf(ROOT).resolve("kept").toString());
    host.as(ROOT, "zonefs-j umount " + host.mountPoint()).orFail();
    assertThat(host.isMounted()).isFalse();
    assertThat(host.homeOf(ROOT).resolve("kept/0-0.999999999.sock")).exists();
  }

  /** The mount lets everybody in and answers nobody, or lets nobody in, not even root. */
  @ParameterizedTest
  @ValueSource(strings = {"", ",allow_other"})
  void aMountAmongLeftoversHoldsUpNoCheck(String options) throws Exception {
    host.as(
            ROOT,
            DRIVE
                + "; mkdir m; zonefs-j mount d.img m; zonefs-j umount m"
                + "; echo user_allow_other >fuse.conf; mount --bind fuse.conf /etc/fuse.conf"
                + "; mkdir -m 1777 shared; cd shared; for left in {1..9} {11..19}; do"
                + " mkdir -m 700 zonefs-j-scratch-$left; touch zonefs-j-scratch-$left/lock; done")
        .orFail();
    Path shared = host.homeOf(ROOT).resolve("shared");
    Path mounted = shared.resolve("zonefs-j-scratch-10");
    host.as(ATTACKER, "mkdir " + mounted).orFail();
    host.start(ATTACKER, "attacker.py", "hold", mounted.toString(), "/none" + options);
    assertThat(host.as(ROOT, "timeout -k 1 60 zonefs-j fsck d.img --scratch shared").orFail())
        .startsWith("clean");
    assertThat(host.as(ROOT, "ls shared").orFail().strip()).isEqualTo("zonefs-j-scratch-10");
  }

  /** As a directory of mode 1733 is for others: they create files in it and cannot list it. */
  @Test
  void aCheckNeedsNoListOfTheScratchDirectory() throws Exception {
    mountAttackersDrive();
    host.as(ATTACKER, "zonefs-j umount " + host.mountPoint() + "; mkdir -m 300 unlisted").orFail();
    assertThat(host.as(ATTACKER, "zonefs-j fsck d.img --scratch unlisted").orFail())
        .startsWith("clean");
    assertThat(host.homeOf(ATTACKER).resolve("unlisted")).isEmptyDirectory();
  }

  /** A link in it would let root create files, and delete old ones, anywhere. */
  @ParameterizedTest
  @ValueSource(strings = {"info SPEC", "fsck SPEC", "mkfs SPEC --force", "mount SPEC m"})
  void aDriveInTheDirectoryOfAnotherUserIsRefused(String command) throws Exception {
    host.as(ROOT, "mkdir m kept; touch -d '3 days ago' kept/01234567-89ab-cdef-0123-456789abcdef")
        .orFail();
    Path kept = host.homeOf(ROOT).resolve("kept");
    host.as(
            ATTACKER,
            "mkdir d; zonefs-j mkfs dir:$PWD/d,size=64M; rm -rf d/tmp; ln -s " + kept + " d/tmp")
        .orFail();
    String spec = "dir:" + host.homeOf(ATTACKER).resolve("d");
    Child.Result refused = host.as(ROOT, "zonefs-j " + command.replace("SPEC", spec));
    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
    assertThat(refused.errors()).contains("belongs to user " + ATTACKER);
    assertThat(kept)
        .isDirectoryContaining(file -> file.endsWith("01234567-89ab-cdef-0123-456789abcdef"));
    assertThat(kept.toFile().list()).hasSize(1);
  }

  /** Its daemon tells any owner, and something else a moment later. */
  @Test
  void aDriveInADirectoryOnTheMountOfAnotherUserIsRefused() throws Exception {
    host.as(ROOT, "echo user_allow_other >fuse.conf; mount --bind fuse.conf /etc/fuse.conf")
        .orFail();
    host.as(
            ATTACKER,
            DRIVE
                + "; zonefs-j mount d.img "
                + host.mountPoint()
                + " -o transport=direct,allow_other")
        .orFail();
    Path directory = host.mountPoint().resolve("d");
    host.as(ROOT, "mkdir " + directory).orFail();
    Child.Result refused = host.as(ROOT, "zonefs-j mkfs dir:" + directory + ",size=64M");
    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
    assertThat(refused.errors()).contains("was mounted by user " + ATTACKER);
    host.as(ATTACKER, "zonefs-j umount " + host.mountPoint()).orFail();
  }

  @Test
  void anIndexIsNotLedElsewhere() throws Exception {
    host.as(ROOT, DRIVE + "; mkdir m kept").orFail();
    host.as(ATTACKER, "ln -s " + host.homeOf(ROOT).resolve("kept") + " link").orFail();
    Path link = host.homeOf(ATTACKER).resolve("link");
    for (String given : new String[] {"meta=" + link + "/index", "meta=" + link}) {
      Child.Result refused = host.as(ROOT, "zonefs-j mount d.img m -o " + given);
      assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
      assertThat(refused.errors()).contains(given + ": ").contains("belongs to user " + ATTACKER);
    }
    assertThat(host.homeOf(ROOT).resolve("kept")).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ZONEFSJ_RUNTIME_DIR", "ZONEFSJ_LOG_DIR", "ZONEFSJ_STATE_DIR"})
  void whatTheEnvironmentNamesKeepsItsRights(String variable) throws Exception {
    host.as(ROOT, DRIVE + "; mkdir m; mkdir -m 755 given").orFail();
    host.as(
            ROOT,
            variable
                + "=$PWD/given zonefs-j mount d.img m; zonefs-j status m >/dev/null ||"
                + " "
                + variable
                + "=$PWD/given zonefs-j status m >/dev/null")
        .orFail();
    assertThat(host.as(ROOT, "stat -c %a given").orFail()).isEqualTo("755");
    host.as(ROOT, variable + "=$PWD/given zonefs-j umount m").orFail();
    Path open = host.homeOf(ROOT).resolve("open");
    host.as(ROOT, "mkdir -m 1777 open").orFail();
    Child.Result refused = host.as(ROOT, variable + "=$PWD/open zonefs-j mount d.img m");
    assertThat(refused.errors()).contains("everybody may write to " + open);
    assertThat(host.as(ROOT, "stat -c %a open").orFail()).isEqualTo("1777");
  }

  /** A daemon in the foreground is started by whoever wants it, with their umask. */
  @ParameterizedTest
  @ValueSource(strings = {"mount", ""})
  void anIndexInADirectoryThatOthersMayReadIsNotReadable(String command) throws Exception {
    host.as(
            ROOT,
            "umask 022; "
                + DRIVE
                + "; mkdir m; mkdir -m 755 given; zonefs-j "
                + command
                + " d.img m -f -o meta=$PWD/given >said 2>&1 </dev/null &"
                + " for i in {1..600}; do ! findmnt m >/dev/null || break; sleep 0.1; done")
        .orFail();
    assertThat(host.as(ROOT, "find given -type f | head -1").orFail()).isNotEmpty();
    assertThat(host.as(ROOT, "find given -type f -perm /077").orFail()).isEmpty();
    assertThat(host.as(ROOT, "umask 022; touch m/f; stat -c %a m/f").orFail().strip())
        .isEqualTo("644");
    host.as(ROOT, "zonefs-j umount m").orFail();
  }

  /** One that is root's is run by who decides where a link leads. */
  @ParameterizedTest
  @ValueSource(strings = {"cp /usr/bin/id", "ln -s /usr/bin/true"})
  void rootRunsNoJavaOfAnotherUser(String make) throws Exception {
    host.as(ATTACKER, "mkdir -p jdk/bin; " + make + " jdk/bin/java").orFail();
    Path given = host.homeOf(ATTACKER).resolve("jdk");
    for (String command : new String[] {"--version", "fsck d.img"}) {
      Child.Result refused = host.as(ROOT, "JAVA_HOME=" + given + " zonefs-j " + command);
      assertThat(refused.exitCode())
          .as(refused.toString())
          .isEqualTo(command.startsWith("f") ? 8 : 1);
      assertThat(refused.errors())
          .contains("JAVA_HOME=" + given)
          .contains("belongs to user " + ATTACKER);
    }
  }

  @Test
  void rootRunsNothingThatAnEnvironmentOfAnotherUserNames() throws Exception {
    host.as(ATTACKER, "printf 'touch %s/ran' $PWD >code; mkdir conf; touch conf/f").orFail();
    Path theirs = host.homeOf(ATTACKER);
    host.as(
            ROOT,
            "mkdir -p jdk/bin; printf '#!/bin/sh\\ncat /proc/$$/environ' >jdk/bin/java; chmod 755 jdk/bin/*")
        .orFail();
    String environment =
        host.as(
                ROOT,
                "T="
                    + theirs
                    + "; date() { touch $T/ran; }; stat() { touch $T/ran; }; export -f date stat;"
                    + " export T; env TERM=$'x\\xc3' FUNCNEST=1 EUID=1 UID=1 ROOT=/ TZ=$T/conf/f a.b=$T entry=$T"
                    + " BASH_ENV=$T/code ENV=$T/code HOME=$T OPENSSL_CONF=$T/conf/f"
                    + " OPENSSL_MODULES=$T/conf OPENSSL_ENGINES=$T/conf CLASSPATH=$T"
                    + " LIBMOUNT_UTAB=$T/u APT_CONFIG=$T/apt GLIBC_TUNABLES=x XDG_CACHE_HOME=$T"
                    + " JAVA_TOOL_OPTIONS=-Xms1 JAVA_HOME=$PWD/jdk $(command -v zonefs-j) --version")
            .orFail();
    assertThat(theirs.resolve("ran")).doesNotExist();
    assertThat(environment)
        .contains("JAVA_HOME=")
        .doesNotContain("HOME=" + theirs, "OPENSSL", "CLASSPATH", "JAVA_TOOL_OPTIONS")
        .doesNotContain("BASH_ENV", "\0ENV=", "BASH_FUNC_")
        .doesNotContain(
            "LIBMOUNT",
            "APT_CONFIG",
            "GLIBC",
            "XDG_CACHE",
            "\0T=",
            "\0TZ=",
            "\0ROOT=",
            "=" + theirs);
  }

  /** Who can swap a directory on the way decides what root makes or deletes. */
  @Test
  void rootInstallsNothingWhereTheEnvironmentOfAnotherUserSays() throws Exception {
    Path theirs = host.homeOf(ATTACKER);
    String scripts =
        Path.of(System.getProperty("zonefsj.root", "..")).toAbsolutePath().normalize()
            + "/mount-scripts/";
    host.as(ATTACKER, "mkdir -p d/usr/local/lib/zonefs-j/mount-scripts").orFail();
    host.as(ROOT, "mkdir -m 1777 shared").orFail();
    String belongs = "belongs to user";
    for (String script : new String[] {"install", "uninstall"}) {
      for (String[] given :
          new String[][] {
            {"DESTDIR=" + theirs + "/d", belongs},
            {"PREFIX=" + theirs + "/new/p", belongs},
            {"DESTDIR=" + theirs.getParent() + " PREFIX=/" + theirs.getFileName(), belongs},
            {"PREFIX=$PWD/shared//", "everybody may write"},
            {"DESTDIR=$PWD/shared/.", "everybody may write"},
            {"DESTDIR=$PWD/none/../shared", "it has '..'"},
            {"DESTDIR=/proc/$$/cwd", "is a link of a process"},
          }) {
        Child.Result refused = host.as(ROOT, given[0] + " " + scripts + script + " ''");
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
        assertThat(refused.errors()).contains(" is not for root: ").contains(given[1]);
      }
    }
    Child.Result refused =
        host.as(
            ROOT,
            "ln -s / shared/l; chown -h "
                + ATTACKER
                + " shared/l; ZONEFSJ_QUICKSTART_DIR=$PWD/shared/l/ "
                + scripts
                + "quickstart");
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
    assertThat(refused.errors()).contains(" is not for root: ").contains(belongs);
    assertThat(theirs.resolve("d/usr/local/lib/zonefs-j/mount-scripts")).exists();
    refused =
        host.as(
            ROOT, "mkdir -p full/mnt; ZONEFSJ_QUICKSTART_DIR=$PWD/full " + scripts + "quickstart");
    assertThat(refused.errors()).contains("full holds something else: name another");
    assertThat(host.homeOf(ROOT).resolve("full/mnt")).exists();
  }

  /** What is an argument can be read by everybody, in /proc and in the records of an audit. */
  @Test
  void noValueOfAVariableBecomesAnArgument() throws Exception {
    String seen =
        host.as(
                ROOT,
                """
                mkdir bin
                cat >bin/env <<'END'
                #!/bin/bash
                for word; do echo "$word"; done >>"$HOME/seen"
                exec /usr/bin/env "$@"
                END
                chmod 755 bin/env
                export AWS_SECRET_ACCESS_KEY=secret OTHER=x
                PATH=$PWD/bin:$PATH zonefs-j --version
                cat seen
                """)
            .orFail();
    assertThat(seen).contains("OTHER").doesNotContain("secret");
  }

  /** Though all of it is root's, others decide what it is. */
  @Test
  void rootRunsNoJavaThatEverybodyCanMake() throws Exception {
    host.as(ROOT, "mkdir -m 1777 shared; mkdir -m 777 open; mkdir -p open/bin own/bin").orFail();
    host.as(ROOT, "cp /usr/bin/id open/bin/java; cp /usr/bin/id own/bin/java").orFail();
    host.as(ROOT, "ln -s $PWD/own shared/link; chmod 777 own/bin/java").orFail();
    for (String[] given :
        new String[][] {
          {"open", "everybody may write to ", "open"},
          {"own", "everybody may write to ", "own/bin/java"},
          {"shared/link", "everybody may write to ", "own/bin/java"},
          {"shared/jdk", "", "shared/jdk is missing"},
        }) {
      Child.Result refused = host.as(ROOT, "JAVA_HOME=$PWD/" + given[0] + " zonefs-j --version");
      assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
      assertThat(refused.errors()).contains(given[1] + host.homeOf(ROOT) + "/" + given[2]);
    }
    Child.Result run =
        host.as(ROOT, "chmod 755 own/bin/java; JAVA_HOME=$PWD/shared/link zonefs-j x");
    assertThat(run.errors()).contains("invalid option");
  }

  /** A drive that has no such client does not ask for them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "AWS_CONFIG_FILE=T/conf/config 's3:bucket=b,endpoint=\"http://127.0.0.1:1\"'",
        "AWS_SHARED_CREDENTIALS_FILE=link/config 's3:bucket=b,endpoint=\"http://127.0.0.1:1\"'",
        "HADOOP_CONF_DIR=T/conf hdfs://127.0.0.1:1/d",
        "HADOOP_CONF_DIR=T/conf 'mirror(d.img,ofs://127.0.0.1:1/v/b/d)'"
      })
  void noClientRunsWhatAFileOfAnotherUserNames(String given) throws Exception {
    Path theirs = host.homeOf(ATTACKER);
    host.as(
            ATTACKER,
            "printf '#!/bin/sh\ntouch %s/ran\n' $PWD >run; chmod 755 run; mkdir conf; printf"
                + " '[default]\ncredential_process = %s/run\n' $PWD >conf/config")
        .orFail();
    String[] words = given.replace("T/", theirs + "/").split(" ", 2);
    String name = words[0];
    String spec = words[1];
    host.as(ROOT, DRIVE + "; mkdir m; ln -s " + theirs + "/conf link").orFail();
    for (String command :
        new String[] {
          "info " + spec, "mkfs " + spec + " --force", "fsck " + spec, "mount " + spec + " m"
        }) {
      Child.Result refused =
          host.as(ROOT, "HOME=" + theirs + " " + name + " zonefs-j " + command + " </dev/null");
      assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
      assertThat(refused.errors())
          .as(command)
          .contains("its client can run programs that a file names")
          .contains(theirs + " belongs to user " + ATTACKER);
    }
    assertThat(theirs.resolve("ran")).doesNotExist();
    host.as(
            ROOT,
            "export HOME="
                + theirs
                + " "
                + name
                + "; zonefs-j mount d.img m; zonefs-j list; zonefs-j umount m")
        .orFail();
  }

  /** Whose daemon says who owns what is on it, or says nothing. */
  @Test
  void aMountOfAnotherUserIsNotAskedWhatRootMayRun() throws Exception {
    host.as(
            ATTACKER,
            DRIVE + "; mkdir m; zonefs-j mount d.img m; mkdir m/bin; cp /usr/bin/id m/bin/java")
        .orFail();
    Path mount = host.homeOf(ATTACKER).resolve("m");
    // The way to the mount belongs to root here, as for a mount that root let a user make.
    String at = "'at 1\\040'";
    host.as(ROOT, "mkdir %s; mount -c --bind %s $PWD/%s".formatted(at, mount, at)).orFail();
    try {
      Child.Result refused = host.as(ROOT, "JAVA_HOME=$PWD/%s zonefs-j list".formatted(at));
      assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
      assertThat(refused.errors()).contains(host.homeOf(ROOT) + "/at 1\\040 was mounted by a user");
    } finally {
      host.as(ROOT, "umount -i " + at).orFail();
      host.as(ATTACKER, "zonefs-j umount m").orFail();
    }
  }

  /** As its user can rename a directory above it at any time. */
  @ParameterizedTest
  @ValueSource(strings = {"zonefs-j umount %s", "umount.fuse.zonefs-j %s -l"})
  void aMountPointWhoseNameIsNoTextIsNamedWithTheRemedy(String command) throws Exception {
    host.as(ROOT, DRIVE + "; mkdir -p a/m; zonefs-j mount d.img a/m; mv a $'a\\xff'").orFail();
    Child.Result refused = host.as(ROOT, command.formatted("$'a\\xff/m'"));
    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
    assertThat(refused.errors()).contains("is not UTF-8").contains("umount -i");
    host.as(ROOT, "umount -i $'a\\xff/m'").orFail();
  }
}
