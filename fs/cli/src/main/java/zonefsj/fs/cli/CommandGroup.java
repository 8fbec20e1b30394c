// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The groups in which the help lists the subcommands; each group has a page of the manual. */
enum CommandGroup {
  MOUNTS("Mounts", "zonefs-j-mount", "mount umount sync list"),
  DRIVES("Drives and filesystems", "zonefs-j-mkfs", "create mkfs tune grow shrink eject key layer"),
  LIVE("Live mounts", "zonefs-j-status", "status top options set metrics gc scrub"),
  CHECKS("Checks", "zonefs-j-fsck", "fsck dump"),
  ZONES("Zones of any drive", "zonefs-j-zones", "info zones zone read write bench");

  private final String title;
  private final String page;
  private final String words;

  /** A group with the names of its subcommands, which have spaces between. */
  CommandGroup(String title, String page, String words) {
    this.title = title;
    this.page = page;
    this.words = words;
  }

  String title() {
    return title;
  }

  /** The page of the manual in section 8. */
  String page() {
    return page;
  }

  private List<String> words() {
    return List.of(words.split(" "));
  }

  /** The subcommands of the group that exist, in the order of the help. */
  List<SubcommandTable> commands() {
    return words().stream().map(SubcommandTable::find).flatMap(Optional::stream).toList();
  }

  /** The group of a subcommand; empty for those that the help does not list. */
  static Optional<CommandGroup> of(SubcommandTable command) {
    return Arrays.stream(values())
        .filter(group -> group.words().contains(command.word()))
        .findFirst();
  }
}
