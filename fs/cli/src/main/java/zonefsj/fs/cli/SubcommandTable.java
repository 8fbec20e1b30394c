// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import zonefsj.fs.cli.bench.BenchCommand;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.drive.InfoCommand;
import zonefsj.fs.cli.drive.LayerCommand;
import zonefsj.fs.cli.drive.ReadCommand;
import zonefsj.fs.cli.drive.WriteCommand;
import zonefsj.fs.cli.drive.ZoneCommand;
import zonefsj.fs.cli.drive.ZonesCommand;
import zonefsj.fs.cli.top.TopCommand;

/** All subcommands, in the order of the help. The class of a subcommand is loaded on demand. */
enum SubcommandTable {
  CREATE("IMAGE --size SIZE", "Creates an emulated zoned drive in an image file."),
  MKFS("SPEC", "Formats a drive."),
  MOUNT("SPEC DIR [-o OPTIONS]", "Mounts a drive."),
  UMOUNT("SPEC|DIR", "Unmounts a drive; returns when everything is on the drive."),
  LIST("", "Shows the zonefs-j mounts on this host."),
  STATUS("SPEC|DIR", "Shows the state of a mount, or changes its options."),
  TOP("SPEC|DIR", "Shows a mount live, refreshed."),
  SET("SPEC|DIR OPTION=VALUE...", "Changes options of a live mount."),
  OPTIONS("[SPEC|DIR]", "Lists the mount options, and their values."),
  METRICS("SPEC|DIR", "Prints the metrics of a mount, for monitoring."),
  INFO("SPEC|DIR", "Shows the geometry, the content and the users of a drive."),
  ZONES("SPEC|DIR", "Shows the zones of a drive."),
  ZONE(
      "ACTION SPEC ZONE...",
      "Changes zones of an unmounted drive, or copies it to a file and back."),
  READ("SPEC --zone ZONE", "Shows bytes of an unmounted drive."),
  WRITE("SPEC --zone ZONE [FILE]", "Writes data at the write pointer of a zone."),
  BENCH("SPEC [--write] [--read]", "Measures the write and read speed of zones."),
  SYNC("SPEC|DIR", "Makes everything durable now."),
  GC("SPEC|DIR", "Runs garbage collection now, or defragments files."),
  SCRUB("SPEC|DIR", "Verifies all checksums of a mounted filesystem."),
  GROW("DIR [SPEC]", "Takes new zones of a mounted drive into use."),
  EJECT("DIR [SPEC]", "Lets go of the drive of a mount, or of a member of its mirror."),
  SHRINK("DIR --zones N", "Empties the last zones of a mounted drive, and gives them up."),
  FSCK("SPEC", "Checks an unmounted drive, and repairs it on request."),
  TUNE(
      "SPEC [--label LABEL] [--new-uuid]",
      "Changes the label or the UUID of an unmounted filesystem."),
  LAYER(
      "create|commit|drop 'diff(TOP,SPEC)'",
      "Begins a layer, writes its changes to the drive below, or drops them."),
  KEY("create|change FILE", "Makes the key file of an encrypted drive, or changes its passphrase."),
  DUMP("SPEC", "Prints the on-drive structures of an unmounted drive."),
  COMPLETION("bash|zsh", "Prints the script that completes words of the command in a shell.");

  private final String synopsis;
  private final String description;

  SubcommandTable(String synopsis, String description) {
    this.synopsis = synopsis;
    this.description = description;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  String synopsis() {
    return synopsis;
  }

  String description() {
    return description;
  }

  Subcommand make(Console console) {
    return switch (this) {
      case CREATE -> new CreateCommand(console);
      case MKFS -> new MkfsCommand(console);
      case MOUNT -> new MountCommand(console);
      case UMOUNT -> new UmountCommand(console);
      case LIST -> new ListCommand(console);
      case STATUS -> new StatusCommand(console);
      case TOP -> new TopCommand(console);
      case SET -> new SetCommand(console);
      case OPTIONS -> new OptionsCommand(console);
      case METRICS -> new MetricsCommand(console);
      case INFO -> new InfoCommand(console);
      case ZONES -> new ZonesCommand(console);
      case ZONE -> new ZoneCommand(console);
      case READ -> new ReadCommand(console);
      case WRITE -> new WriteCommand(console);
      case BENCH -> new BenchCommand(console);
      case SYNC -> new SyncCommand(console);
      case GC -> new GcCommand(console);
      case SCRUB -> new ScrubCommand(console);
      case GROW -> new GrowCommand(console);
      case EJECT -> new EjectCommand(console);
      case SHRINK -> new ShrinkCommand(console);
      case FSCK -> new FsckCommand(console);
      case TUNE -> new TuneCommand(console);
      case LAYER -> new LayerCommand(console);
      case KEY -> new KeyCommand(console);
      case DUMP -> new DumpCommand(console);
      case COMPLETION -> new CompletionCommand(console);
    };
  }

  static Optional<SubcommandTable> find(String word) {
    return Arrays.stream(values()).filter(command -> command.word().equals(word)).findFirst();
  }

  /** The subcommands that the help shows: all but the one for installers and shells. */
  static List<SubcommandTable> shown() {
    return Arrays.stream(values()).filter(command -> command != COMPLETION).toList();
  }

  /** Whether it takes a drive that is not mounted where others take a mount only. */
  boolean takesAnyDrive() {
    return this == INFO || this == ZONES;
  }

  /** The names of the subcommands that the help shows. */
  static List<String> words() {
    return shown().stream().map(SubcommandTable::word).toList();
  }
}
