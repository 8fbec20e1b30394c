// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.programs.SharedHost.OTHER;
import static zonefsj.tests.programs.SharedHost.ROOT;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * {@code /etc/zonefs-j.conf} is read and never run, and what is wrong in it is said with its line.
 * ZONEFSJ_CONFIG names another file here.
 */
final class SettingsFileTest {
  private static final String USE = "export ZONEFSJ_CONFIG=$PWD/c\n";

  @RegisterExtension final SharedHost host = new SharedHost(ROOT);

  @Test
  void everyWrongLineIsNamed() throws Exception {
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put("rubbish", "it is not KEY=VALUE");
    refused.put("export ZONEFSJ_OPTS=ro", "it is not KEY=VALUE");
    refused.put("ZONEFSJ_OPTS =ro", "it is not KEY=VALUE");
    refused.put("ZONEFSJ_OPT=ro", "unknown key ZONEFSJ_OPT; known are JAVA_HOME");
    refused.put("PATH=/tmp", "unknown key PATH");
    refused.put("LD_PRELOAD=/tmp/x", "unknown key LD_PRELOAD");
    refused.put("ZONEFSJ_RUNTIME_DIR=/tmp", "unknown key ZONEFSJ_RUNTIME_DIR");
    refused.put("ZONEFSJ_LOG_LEVEL=loud", "ZONEFSJ_LOG_LEVEL must be off, error");
    refused.put("ZONEFSJ_LOG_DIR=log", "ZONEFSJ_LOG_DIR must be an absolute path");
    refused.put("JAVA_HOME=java", "JAVA_HOME must be an absolute path");
    refused.put("JAVA_HOME=\"/x", "JAVA_HOME has a quote or a control character");
    refused.put("ZONEFSJ_OPTS=ro\\001", "ZONEFSJ_OPTS has a quote or a control character");
    refused.put("ZONEFSJ_OPTS=rw\\nZONEFSJ_OPTS=ro", "ZONEFSJ_OPTS is set twice");
    StringBuilder script = new StringBuilder(USE);
    for (String lines : refused.keySet()) {
      script
          .append("printf '# text\\n\\n ZONEFSJ_JAVA_OPTS=-Xmx1g \\n")
          .append(lines)
          .append("\\n' >c; zonefs-j list 2>&1 && exit 3; echo \"code $?\"\n");
    }
    script.append("zonefs-j fsck x 2>/dev/null || echo \"code $?\"\n");
    String said = host.as(ROOT, script.toString()).orFail();
    String[] lines = said.split("\n", -1);
    int at = 0;
    for (Map.Entry<String, String> each : refused.entrySet()) {
      int line = each.getKey().contains("\\n") ? 5 : 4;
      assertThat(lines[at])
          .startsWith("zonefs-j: " + host.homeOf(ROOT) + "/c, line " + line + ": ")
          .contains(each.getValue());
      assertThat(lines[at + 1]).isEqualTo("code 1");
      at += 2;
    }
    assertThat(lines[at]).as("that of fsck(8)").isEqualTo("code 8");
  }

  @Test
  void nothingInItIsRun() throws Exception {
    assertThat(
            host.as(
                    ROOT,
                    USE
                        + """
                        cat >c <<'E'
                        ZONEFSJ_JAVA_OPTS=-Dx=$(touch${IFS}ran)`touch${IFS}ran`;touch
                        # ZONEFSJ_LOG_LEVEL=loud
                        ZONEFSJ_LOG_LEVEL=
                        E
                        zonefs-j --version; ls
                        """)
                .orFail())
        .contains("zonefs-j ")
        .doesNotContain("ran");
  }

  @Test
  void onlyRootMayBeAbleToChangeIt() throws Exception {
    String both =
        """
        chmod 666 c; zonefs-j list 2>&1 && exit 3
        chmod 644 c; chown 1001 c; zonefs-j list 2>&1 && exit 3
        mkfifo p; ZONEFSJ_CONFIG=$PWD/p timeout 20 zonefs-j --version
        """;
    String said = host.as(ROOT, USE + "echo ZONEFSJ_LOG_LEVEL=info >c\n" + both).orFail();
    assertThat(said)
        .contains("everybody may write to " + host.homeOf(ROOT) + "/c")
        .contains("c belongs to user 1001");
    // Who is not root obeys root only, too.
    assertThat(
            host.as(
                    OTHER,
                    USE + "echo ZONEFSJ_LOG_LEVEL=info >c\nzonefs-j list 2>&1 && exit 3; exit 0")
                .orFail())
        .contains("belongs to user " + OTHER);
  }

  @Test
  void aMountTakesItsOptionsFromThereFirst() throws Exception {
    String said =
        host.as(
                ROOT,
                USE
                    + """
                    printf 'ZONEFSJ_OPTS=commit=7,noatime,gc_policy=greedy\\nZONEFSJ_STATE_DIR=%s/indexes\\n' $PWD >c
                    zonefs-j create d.img --size 256M --zone-size 4M >out; zonefs-j mkfs d.img >out
                    mkdir m; zonefs-j mount d.img m -o commit=9,strictatime
                    zonefs-j status m | grep 'commit='
                    ls indexes >out
                    zonefs-j mount d.img m -o remount,gc_policy=auto
                    zonefs-j status m | grep 'commit='
                    echo rubbish >>c
                    zonefs-j umount m 2>&1
                    printf 'ZONEFSJ_OPTS=comit=7\\n' >c
                    zonefs-j mount d.img m 2>&1 && exit 3
                    ZONEFSJ_OPTS=meta=/x zonefs-j mount d.img m 2>&1 && exit 3
                    ZONEFSJ_OPTS= zonefs-j mount d.img m; zonefs-j umount m
                    """)
            .orFail();
    String[] lines = said.split("\n", -1);
    assertThat(lines[0])
        .contains("commit=9", "strictatime", "gc_policy=greedy")
        .doesNotContain("noatime");
    assertThat(lines[1]).contains("commit=9", "strictatime", "gc_policy=auto");
    assertThat(lines[2]).contains("c, line 3: it is not KEY=VALUE; unmounting without");
    assertThat(lines[3]).contains("ZONEFSJ_OPTS").contains("comit").contains("commit");
    assertThat(lines[4]).contains("ZONEFSJ_OPTS").contains("meta= are for one mount");
  }

  /** An unmount takes any Java that there is, and the message says who has named the wrong one. */
  @Test
  void aJavaThatIsGoneRefusesNoUnmount() throws Exception {
    String said =
        host.as(
                ROOT,
                USE
                    + """
                    : >c; zonefs-j create d.img --size 256M --zone-size 4M >out; zonefs-j mkfs d.img >out
                    mkdir m; zonefs-j mount d.img m
                    unset JAVA_HOME; echo JAVA_HOME=/gone >c
                    zonefs-j list 2>&1 && exit 3
                    umount.fuse.zonefs-j m 2>&1
                    ! findmnt m
                    """)
            .orFail();
    String wrong = "JAVA_HOME=/gone in " + host.homeOf(ROOT) + "/c, and /gone is missing; unset it";
    assertThat(said.lines().toList().get(0)).contains(wrong).doesNotContain("unmounting");
    assertThat(said.lines().toList().get(1))
        .contains(wrong)
        .endsWith("; unmounting with another java");
  }

  /** As after the installation of something that needs an old one. */
  @Test
  void anOldJavaThatIsFirstInPathIsPassedOver() throws Exception {
    String said =
        host.as(
                ROOT,
                """
                mkdir -p old/bin; printf '#!/bin/sh\necho old\n' >old/bin/java; chmod 755 old/bin/java
                mkdir links; ln -s ../old/bin/java links/java
                unset JAVA_HOME; PATH=$PWD/links:$PATH
                for version in 1.8.0_392 11.0.2; do
                  printf 'IMPLEMENTOR="x"\nJAVA_VERSION="%s"\n' $version >old/release
                  zonefs-j --version
                done
                JAVA_HOME=$PWD/old zonefs-j --version 2>&1 && exit 3
                echo 'JAVA_VERSION="17.0.1"' >old/release; zonefs-j --version
                rm old/release; zonefs-j --version
                """)
            .orFail();
    assertThat(said.lines().toList().subList(0, 2)).allMatch(line -> line.startsWith("zonefs-j "));
    assertThat(said.lines().toList().get(2)).contains("is Java 11, and 17 or newer is needed");
    assertThat(said.lines().skip(3))
        .as("new enough, or nobody knows")
        .containsExactly("old", "old");
  }
}
