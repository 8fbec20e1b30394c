// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions.GcOptions;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonWriter;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.options.GcOptionText;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.StatusText;

/** Shows the state of a mount, or changes its options. */
@Command
final class StatusCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Option(
      names = "--set",
      paramLabel = "OPTION=VALUE",
      split = ",",
      description =
          "Changes an option of the garbage collector for this mount (gc_policy, gc_start,"
              + " gc_urgent, gc_rate, gc_idle) instead of showing the state.")
  private List<String> settings = new ArrayList<>();

  StatusCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    if (!settings.isEmpty()) {
      Map<String, String> values = values();
      // Refuses invalid settings without the daemon.
      GcOptionText.applyLive(GcOptions.DEFAULT, values);
      LiveCommand.ask(
          mount(),
          new ControlRequest(ControlRequest.Action.SET, values),
          ProgressListener.NONE,
          LiveCommand.noItems());
      return OK;
    }
    Json.JsonObject status =
        LiveCommand.ask(
            mount(),
            new ControlRequest(ControlRequest.Action.STATUS),
            ProgressListener.NONE,
            LiveCommand.noItems());
    if (json) {
      console().out().println(JsonWriter.pretty(status));
    } else {
      StatusText.of(StatusCodec.decode(status), ZoneId.systemDefault()).forEach(console()::print);
    }
    return OK;
  }

  private MountEntry mount() throws IOException {
    return MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE);
  }

  private Map<String, String> values() throws UsageError {
    Map<String, String> values = new LinkedHashMap<>();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals <= 0) {
        throw new UsageError("--set " + setting + ": give OPTION=VALUE, like gc_rate=10M");
      }
      values.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return values;
  }
}
