// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.nio.file.Path;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.host.KernelMountFlags;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.options.MountOptions;
import zonefsj.fs.cli.options.RemountPlan;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Changes a live mount: {@code mount -o remount,…}. */
final class Remount {
  private final Console console;

  Remount(Console console) {
    this.console = console;
  }

  void run(Path directory, MountOptions wanted) throws IOException, UsageError {
    MountEntry entry = LiveMount.entryOf(directory, LiveMount.Scope.MOUNT_POINT);
    MountStatus status =
        StatusCodec.decode(
            LiveCommand.ask(
                entry,
                new ControlRequest(ControlRequest.Action.STATUS),
                ProgressListener.NONE,
                LiveCommand.noItems()));
    RemountPlan plan = RemountPlan.of(wanted, status.options(), entry.options());
    if (!plan.gcOptionTexts().isEmpty()) {
      tell(entry, new ControlRequest(ControlRequest.Action.SET, plan.gcOptionTexts()));
    }
    if (plan.kernelFlags().contains("rw")) {
      // Before the kernel sends the first change.
      tell(entry, new ControlRequest(ControlRequest.Action.THAW));
    }
    if (!plan.kernelFlags().isEmpty()) {
      KernelMountFlags.change(entry.mountPoint(), plan.kernelFlags());
    }
    if (plan.kernelFlags().contains("ro")) {
      // After the kernel has sent the last change.
      tell(entry, new ControlRequest(ControlRequest.Action.FREEZE));
    }
    if (plan.gcOptionTexts().isEmpty() && plan.kernelFlags().isEmpty()) {
      console.remark("nothing to change at " + entry.mountPoint());
    }
  }

  private void tell(MountEntry entry, ControlRequest request) throws IOException {
    try (ProgressPrinter progress = console.progress()) {
      LiveCommand.ask(entry, request, progress, LiveCommand.noItems());
    }
  }
}
