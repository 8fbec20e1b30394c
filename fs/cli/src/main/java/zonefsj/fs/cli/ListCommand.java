// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.HostMounts;
import zonefsj.fs.cli.control.HostMounts.HostMount;
import zonefsj.fs.cli.control.HostMounts.Identity;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonWriter;
import zonefsj.fs.cli.options.OptionValues;
import zonefsj.fs.cli.terminal.Table;

/** Shows the zonefs-j mounts on this host. */
@Command
final class ListCommand extends Subcommand {
  private static final String UNKNOWN = "-";

  @Option(names = "--json", description = "Prints JSON; unknown values are null.")
  private boolean json;

  ListCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    List<HostMount> mounts = HostMounts.read();
    if (json) {
      JsonWriter.prettyArray(
          mounts.stream().<Json>map(ListCommand::encode).iterator(), console().out());
    } else {
      table(mounts).lines().forEach(console()::print);
    }
    return OK;
  }

  private static Table table(List<HostMount> mounts) {
    Table table = new Table("mount point", "drive", "label", "uuid", "access", ">user", "daemon");
    for (HostMount mount : mounts) {
      String label = mount.identity().map(Identity::label).orElse("");
      table.row(
          mount.entry().mountPoint(),
          mount.entry().source(),
          label.isEmpty() ? UNKNOWN : label,
          mount.identity().map(Identity::uuid).orElse(UNKNOWN),
          mount.entry().isReadOnly() ? "ro" : "rw",
          user(mount),
          OptionValues.word(mount.daemon()));
    }
    return table;
  }

  private static String user(HostMount mount) {
    var uid = mount.entry().mounterUid();
    return uid.isPresent() ? Integer.toUnsignedString(uid.getAsInt()) : UNKNOWN;
  }

  private static Json encode(HostMount mount) {
    Json.Builder json =
        Json.structure()
            .put("mount_point", mount.entry().mountPoint().toString())
            .put("source", mount.entry().source())
            .put("label", text(mount.identity().map(Identity::label).orElse(null)))
            .put("uuid", text(mount.identity().map(Identity::uuid).orElse(null)))
            .put("read_only", mount.entry().isReadOnly());
    var uid = mount.entry().mounterUid();
    return json.put(
            "user",
            uid.isPresent()
                ? new Json.Whole(Integer.toUnsignedLong(uid.getAsInt()))
                : new Json.JsonNull())
        .put("daemon", OptionValues.word(mount.daemon()))
        .build();
  }

  private static Json text(@Nullable String value) {
    return value == null ? new Json.JsonNull() : new Json.Text(value);
  }
}
