// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Programs that rewrite large sparse files in place, and those that replace thousands of files. */
final class ImagesAndPackagesTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox(true);

  @Test
  void qemuKeepsSparseImages() throws Exception {
    String answer =
        SANDBOX.bash(
            """
            image() { qemu-img "$@" > "$KEEP/words" || { cat "$KEEP/words"; exit 1; }; }
            write() { qemu-io -f "$1" "${@:3}" "$2" > "$KEEP/words"; ! grep -i -e fail -e error "$KEEP/words"; }
            image create -f qcow2 disk.qcow2 1G
            write qcow2 disk.qcow2 -c 'write -P 0xaa 100M 3M' -c 'write -P 0xbb 900M 64k' -c 'write -z 101M 1M'
            write qcow2 disk.qcow2 -t none -c 'write -P 0xcc 500M 1M' -c flush
            image check disk.qcow2
            for cache in writeback none; do
              image convert -t $cache -T $cache -O raw disk.qcow2 disk-$cache.raw
              image compare disk.qcow2 disk-$cache.raw
              image convert -t $cache -T $cache -c -O qcow2 disk-$cache.raw back-$cache.qcow2
              image check back-$cache.qcow2
              image compare disk-$cache.raw back-$cache.qcow2
              test "$(du -k disk-$cache.raw | cut -f 1)" -lt 8000
            done
            test "$(stat -c %s disk-none.raw)" = $((1 << 30))
            write raw disk-none.raw -c 'read -P 0xaa 100M 1M' -c 'read -P 0 101M 1M' -c 'read -P 0xaa 102M 1M' \
              -c 'read -P 0xcc 500M 1M' -c 'read -P 0xbb 900M 64k' -c 'read -P 0 103M 300M'
            image snapshot -c first disk.qcow2
            write qcow2 disk.qcow2 -c 'write -P 0xdd 100M 2M' -c 'discard 900M 64k'
            image resize disk.qcow2 2G
            image check disk.qcow2
            image snapshot -a first disk.qcow2
            image compare disk.qcow2 disk-none.raw
            image create -f raw -o preallocation=falloc allocated.raw 50M
            image create -f qcow2 -b disk.qcow2 -F qcow2 overlay.qcow2
            write qcow2 overlay.qcow2 -c 'write -P 0xee 100M 1M'
            image commit overlay.qcow2
            write qcow2 disk.qcow2 -c 'read -P 0xee 100M 1M' -c 'read -P 0xaa 102M 1M'
            rm ./*.raw ./*.qcow2
            """);
    assertThat(answer).isEmpty();
  }

  /** The packages are made of what is installed: the gate asks no archive for them. */
  @Test
  void dpkgUnpacksAndReplacesPackages() throws Exception {
    String answer =
        SANDBOX.bash(
            """
            pack() {
              local top="$KEEP/$1-$2"
              mkdir -p "$top/DEBIAN"
              dpkg -L "$1" | while IFS= read -r file; do
                if [ ! -d "$file" ] && { [ -e "$file" ] || [ -L "$file" ]; }; then echo ".$file"; fi
              done | tar -C / --no-recursion -cf - -T - | tar -C "$top" -xpf -
              if [ "$2" = 2 ]; then find "$top" -path '*/DEBIAN' -prune -o -type f -size -20k -exec sh -c \
                'for file; do echo 2 >> "$file"; done' sh {} +; fi
              (cd "$top" && find . -path ./DEBIAN -prune -o -type f -printf '%P\\0' | xargs -0 md5sum > DEBIAN/md5sums)
              dpkg-query -W -f "Package: $1\\nVersion: $2\\nArchitecture: \\${Architecture}\\n" "$1" > "$top/DEBIAN/control"
              printf 'Maintainer: A <a@example.org>\\nDescription: packed again\\n' >> "$top/DEBIAN/control"
              dpkg-deb -Znone -b "$top" "$KEEP/$1-$2.deb" > /dev/null
              rm -r "$top/DEBIAN"
            }
            for package in coreutils perl-base; do
              pack $package 1
              pack $package 2
              mkdir $package && dpkg -x "$KEEP/$package-1.deb" $package
              diff -r --no-dereference "$KEEP/$package-1" $package
            done
            mkdir -p root/var/lib/dpkg/{info,updates}
            touch root/var/lib/dpkg/{status,available}
            on_root() { dpkg --root="$PWD/root" --log=/dev/null --force-depends --force-script-chrootless "$@"; }
            on_root --unpack "$KEEP"/{coreutils,perl-base}-1.deb > "$KEEP/words" 2>&1
            on_root --configure -a >> "$KEEP/words" 2>&1
            on_root --verify
            test "$(on_root -L perl-base | wc -l)" -gt 100
            # Each file is replaced by a rename, the old one kept beside it until all are there.
            on_root --unpack "$KEEP"/{coreutils,perl-base}-2.deb >> "$KEEP/words" 2>&1
            on_root --configure -a >> "$KEEP/words" 2>&1
            on_root --verify
            on_root --purge coreutils perl-base >> "$KEEP/words" 2>&1
            find root -name '*.dpkg-*' ! -path 'root/var/lib/dpkg/*'
            test ! -e root/usr/bin/perl
            rm -r "$KEEP"/{coreutils,perl-base}-*
            """);
    assertThat(answer).isEmpty();
  }
}
