// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A file of a mount as a block device of other hosts, as DRIVES.md describes. */
final class NbdTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox(true);

  @Test
  void aFileIsExportedAsABlockDevice() throws Exception {
    String answer =
        SANDBOX.bash(
            """
            truncate -s 512M disk.img
            serve() {
              qemu-nbd --format raw --cache none --aio threads --discard unmap --shared 8 --persistent \
                --export-name disk --socket "$KEEP/nbd" --pid-file "$KEEP/pid" --fork disk.img
              server=$(cat "$KEEP/pid")
            }
            end() {
              kill "$server"
              for try in {1..300}; do
                [[ $(ps -o stat= -p "$server") == [!Z]* ]] || return 0
                sleep 0.1
              done
              kill -9 "$server"
              return 1
            }
            serve
            trap end EXIT
            uri="nbd+unix:///disk?socket=$KEEP/nbd"
            # Random writes of several clients, flushed, and each block read and compared.
            (cd "$KEEP" && fio --name=random --ioengine=nbd --uri="$uri" --rw=randwrite --bs=4k-64k --size=64M \
              --offset_increment=64M --numjobs=3 --iodepth=8 --fsync=64 --verify=crc32c --do_verify=1 \
              --randseed=7 --output="$KEEP/words") || { cat "$KEEP/words"; exit 1; }
            io() {
              qemu-io -f raw "$@" "$uri" > "$KEEP/words" 2>&1 || { cat "$KEEP/words"; exit 1; }
              ! grep -i -e fail -e error "$KEEP/words"
            }
            io -c 'write -P 0xaa 300M 8M' -c flush
            before=$(du -k disk.img | cut -f 1)
            io -c 'discard 302M 4M' -c flush
            # A discard gives the space back.
            test "$(du -k disk.img | cut -f 1)" -le $((before - 4096))
            io -c 'read -P 0xaa 300M 2M' -c 'read -P 0 302M 4M' -c 'read -P 0xaa 306M 2M'
            end
            trap - EXIT
            md5sum disk.img > "$KEEP/sum"
            """);
    assertThat(answer).isEmpty();
    SANDBOX.umount();
    SANDBOX.fsck();
    SANDBOX.mount();
    assertThat(SANDBOX.bash("md5sum --quiet -c \"$KEEP/sum\"")).isEmpty();
  }
}
