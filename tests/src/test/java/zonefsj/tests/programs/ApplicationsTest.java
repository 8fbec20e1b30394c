// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Programs that everybody uses do their work on a mount as on any local filesystem. */
final class ApplicationsTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox(true);

  @Test
  void gitWorksOnARepository() throws Exception {
    String answer =
        SANDBOX.bash(
            """
            git init -q -b main origin
            cd origin
            for commit in $(seq 25); do
              mkdir -p "folder-$((commit % 7))"
              for file in $(seq 12); do
                echo "$commit $file $RANDOM" >> "folder-$((commit % 7))/file-$file"
              done
              head -c 100000 /dev/urandom > blob
              git add -A
              git commit -q -m "commit $commit"
            done
            git mv folder-1 moved
            git commit -q -m moved
            git checkout -q -b other HEAD~5
            echo other > other
            git add other && git commit -q -m other
            git checkout -q main
            git merge -q --no-edit other
            cd ..
            git clone -q --no-local origin clone
            git -C clone fsck --full --strict
            git -C clone gc -q
            git -C clone fsck --full --strict
            git -C origin gc -q --aggressive
            git -C origin fsck --full --strict
            test "$(git -C origin rev-parse HEAD)" = "$(git -C clone rev-parse HEAD)"
            git -C clone status --porcelain
            """);
    assertThat(answer).isEmpty();
  }

  @Test
  void gitClonesTheProjectItself() throws Exception {
    Path checkout = SANDBOX.installation().checkout();
    // An exported tree has no history; the test above has made one.
    String source = Files.exists(checkout.resolve(".git")) ? checkout.toString() : "";
    String answer =
        SANDBOX.bash(
            """
            source='%s'
            if [ -z "$source" ]; then
              git init -q -b main exported && cd exported
              cp -R '%s'/{device,fs,tests,mount-scripts} .
              rm -rf ./*/target
              git add -A && git commit -q -m exported
              source=$PWD && cd ..
            fi
            git clone -q --no-local "$source" project
            git -C project fsck --full
            git -C project status --porcelain
            test -f project/mount-scripts/zonefs-j
            """
                .formatted(source, checkout));
    assertThat(answer).isEmpty();
  }

  @Test
  void tarKeepsEverything() throws Exception {
    SANDBOX.python("tree.py", SANDBOX.keep() + "/tree", "1");
    SANDBOX.bash(
        """
        tar() {
          command tar --xattrs --xattrs-include='*' --sparse --format=posix --sort=name \
            --numeric-owner --exclude=socket "$@"
        }
        tar -C "$KEEP/tree" -cf in.tar .
        mkdir here && tar -C here --same-permissions --same-owner --delay-directory-restore -xf in.tar
        tar -C here --compare -f in.tar
        tar -C here -cf out.tar .
        mkdir "$KEEP/back" && tar -C "$KEEP/back" --same-permissions -xf out.tar
        rm "$KEEP/tree/socket"
        """);
    // Removing the socket has changed the time of its directory.
    String root = "b'.'";
    assertThat(withoutRoot(SANDBOX.python("manifest.py", SANDBOX.directory() + "/here"), root))
        .isEqualTo(withoutRoot(SANDBOX.python("manifest.py", SANDBOX.keep() + "/tree"), root));
    assertThat(withoutRoot(SANDBOX.python("manifest.py", SANDBOX.keep() + "/back"), root))
        .isEqualTo(withoutRoot(SANDBOX.python("manifest.py", SANDBOX.keep() + "/tree"), root));
    assertThat(SANDBOX.bash("du -k here/sparse | cut -f 1"))
        .as("KiB of a sparse file with 384 KiB of data")
        .satisfies(kibibytes -> assertThat(Integer.parseInt(kibibytes)).isLessThan(1000));
    SANDBOX.bash("rm -rf \"$KEEP/tree\" \"$KEEP/back\"");
  }

  /** Lines without that of the directory itself. */
  private static String withoutRoot(String manifest, String root) {
    return String.join("\n", manifest.lines().filter(line -> !line.startsWith(root)).toList());
  }

  @Test
  void rsyncFindsNoDifferenceAfterACopy() throws Exception {
    SANDBOX.python("tree.py", SANDBOX.keep() + "/many", "2");
    String differences =
        SANDBOX.bash(
            """
            sources=("$KEEP/many" /usr/lib/git-core)
            # Without the window, rsync leaves a time alone that is off by less than a second.
            rsync -aHAXS --numeric-ids --modify-window=-1 "${sources[@]}" .
            rsync -aHAXnci --delete --numeric-ids --modify-window=-1 "${sources[@]}" .
            rm -rf "$KEEP/many"
            """);
    assertThat(differences).isEmpty();
  }

  @Test
  void sqliteKeepsItsDatabaseWithARollbackJournal() throws Exception {
    assertThat(SANDBOX.python("writers.py", "rollback.db", "delete", "4", "40")).isEqualTo("ok");
    assertThat(SANDBOX.bash("sqlite3 rollback.db 'pragma integrity_check'")).isEqualTo("ok");
  }

  @Test
  void sqliteKeepsItsDatabaseWithAWriteAheadLog() throws Exception {
    assertThat(SANDBOX.python("writers.py", "wal.db", "wal", "4", "60")).isEqualTo("ok");
    assertThat(SANDBOX.bash("sqlite3 wal.db 'pragma integrity_check; vacuum; pragma quick_check'"))
        .isEqualTo("ok\nok");
  }

  @Test
  void pythonMapsAFile() throws Exception {
    assertThat(SANDBOX.python("mapping.py", "mapped")).isEqualTo("ok");
  }

  @Test
  void makeBuildsAProgramAndThenOnlyWhatHasChanged() throws Exception {
    String answer =
        SANDBOX.bash(
            """
            calls= declarations=
            for i in $(seq 100); do
              printf '#include "all.h"\\nint part%d(void) { return %d; }\\n' $i $i > part$i.c
              declarations+="int part$i(void); " calls+=" + part$i()"
            done
            echo "$declarations" > all.h
            printf '#include <stdio.h>\\n#include "all.h"\\n' > main.c
            printf 'int main(void) { printf("%%d\\\\n", 0%s); return 0; }\\n' "$calls" >> main.c
            {
              printf 'OBJECTS = $(patsubst %%.c,%%.o,$(wildcard *.c))\\n'
              printf 'program: $(OBJECTS)\\n\\tgcc -o $@ $^\\n'
              printf '%%.o: %%.c\\n\\tgcc -MMD -O1 -c $<\\n-include $(wildcard *.d)\\n'
            } > Makefile
            make -s -j 2 && ./program
            sed -i 's/return 7/return 107/' part7.c
            make | grep -c -- -c
            ./program
            touch all.h
            make -j 2 | grep -c -- -c
            make -q && echo nothing to do
            """);
    assertThat(answer.lines()).containsExactly("5050", "1", "5150", "101", "nothing to do");
  }
}
