// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonWriter;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.options.MountOption;
import zonefsj.fs.cli.terminal.Table;

/** Lists the mount options: their values, defaults, and which can change on a live mount. */
@Command
final class OptionsCommand extends Subcommand {
  @Parameters(
      arity = "0..1",
      paramLabel = "SPEC|DIR",
      description = "Also shows the values of this mount.")
  private @Nullable String specOrDirectory;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  OptionsCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    String where = specOrDirectory;
    Values values = where == null ? null : Values.of(where);
    List<MountOption> options = MountOption.all();
    if (json) {
      JsonWriter.prettyArray(
          options.stream().<Json>map(option -> encode(option, values)).iterator(), console().out());
      return OK;
    }
    Table table =
        values == null
            ? new Table("option", "default", "live", "effect")
            : new Table("option", "default", "now", "live", "effect");
    for (MountOption option : options) {
      String name = option.isFlag() ? option.name() : option.name() + "=" + option.values();
      String live = option.isLive() ? "yes" : "no";
      if (values == null) {
        table.row(name, option.byDefault(), live, option.description());
      } else {
        table.row(name, option.byDefault(), values.of(option), live, option.description());
      }
    }
    table.lines().forEach(console()::print);
    return OK;
  }

  private static Json encode(MountOption option, @Nullable Values values) {
    Json.Builder json =
        Json.structure()
            .put("name", option.name())
            .put("values", option.values())
            .put("default", option.byDefault())
            .put("live", option.isLive())
            .put("effect", option.description());
    if (values != null) {
      json.put("now", values.of(option));
    }
    return json.build();
  }

  /**
   * The values of a mount.
   *
   * @param ours those of zonefs-j, by name; a flag has an empty one
   * @param entry the mount, with the flags of the kernel
   */
  private record Values(Map<String, String> ours, MountEntry entry) {
    static Values of(String where) throws IOException {
      MountEntry entry = MountedDrive.require(where, LiveMount.Scope.ANYWHERE);
      Json.JsonObject status =
          LiveCommand.ask(
              entry,
              new ControlRequest(ControlRequest.Action.STATUS),
              ProgressListener.NONE,
              LiveCommand.noItems());
      return new Values(StatusCodec.decode(status).options(), entry);
    }

    String of(MountOption option) {
      String name = option.name();
      String value = ours.get(name);
      if (value != null) {
        return value.isEmpty() ? "on" : value;
      }
      return isKernelFlagOn(name) ? "on" : "off";
    }

    /** The kernel shows only one flag of each pair: nodev, nosuid, noexec, sync. */
    private boolean isKernelFlagOn(String name) {
      return switch (name) {
        case "dev", "suid", "exec" -> !entry.options().contains("no" + name);
        case "async" -> !entry.options().contains("sync");
        case "default_permissions" -> true;
        // The kernel shows one of its own.
        case "noatime", "relatime", "strictatime" -> false;
        default -> entry.options().contains(name);
      };
    }
  }
}
