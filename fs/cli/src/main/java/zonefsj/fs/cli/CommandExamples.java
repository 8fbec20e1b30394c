// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.util.List;

/** How each subcommand is used, for its help. */
final class CommandExamples {
  private CommandExamples() {}

  /** Examples, without the name of the command itself. */
  static List<String> of(String word) {
    return switch (word) {
      case "create" -> List.of("/var/tmp/drive.img --size 4G --zone-size 16M");
      case "mkfs" -> List.of("/dev/nvme0n1 --label data", "'mirror(/dev/sdb,/dev/sdc)'");
      case "mount" ->
          List.of("/dev/nvme0n1 /mnt/data -o commit=1,noatime", "LABEL=data /mnt/data -o ro");
      case "umount", "sync", "status", "metrics" -> List.of("/mnt/data", "LABEL=data");
      case "list" -> List.of("", "--json");
      case "top" -> List.of("/mnt/data", "/mnt/data --interval 10 --count 6");
      case "options" -> List.of("", "/mnt/data");
      case "set" -> List.of("/mnt/data gc_rate=50M/s gc_idle=60");
      case "info" -> List.of("/dev/nvme0n1", "/mnt/data --json");
      case "zones" ->
          List.of("/dev/nvme0n1 --condition open,closed", "/mnt/data --map", "/dev/sdb --sum");
      case "zone" ->
          List.of(
              "reset /dev/nvme0n1 4-7",
              "finish /dev/nvme0n1 12",
              "dump /dev/nvme0n1 /backup/drive.img",
              "restore /backup/drive.img /dev/nvme1n1");
      case "read" ->
          List.of("/dev/nvme0n1 --zone 7 --length 4K", "/dev/nvme0n1 --zone 7 --raw >zone7");
      case "write" -> List.of("/dev/nvme0n1 --zone 7 --pad backup.tar");
      case "bench" -> List.of("/dev/nvme0n1 --write --read --zones 4");
      case "gc" -> List.of("/mnt/data --until 30", "/mnt/data --defrag");
      case "scrub" -> List.of("/mnt/data --rate 50M/s");
      case "grow" -> List.of("/mnt/data", "/mnt/data 'concat(/dev/sdb,/dev/sdc)'");
      case "eject" -> List.of("/mnt/data /dev/sdb");
      case "shrink" -> List.of("/mnt/data --zones 1000");
      case "fsck" -> List.of("/dev/nvme0n1 --data", "/dev/nvme0n1 --repair");
      case "tune" -> List.of("/dev/nvme0n1 --label archive", "/dev/nvme0n1 --new-uuid");
      case "layer" ->
          List.of(
              "commit 'diff(/var/tmp/changes,/dev/nvme0n1)'",
              "create 'diff(file:/srv/mine.img,/dev/nvme0n1)'");
      case "key" -> List.of("create /root/data.key --passphrase", "change /root/data.key");
      case "dump" -> List.of("/dev/nvme0n1");
      case "completion" -> List.of("bash >/usr/share/bash-completion/completions/zonefs-j");
      default -> List.of();
    };
  }
}
