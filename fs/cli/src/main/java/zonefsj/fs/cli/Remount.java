// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import zonefsj.device.DevicePart;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.host.KernelMountFlags;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.MountOptions;
import zonefsj.fs.cli.options.RemountPlan;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.ProgressPrinter;
import zonefsj.fs.volume.VolumeStatus;

/** Changes the options of a live mount: {@code mount -o remount,…} and {@code zonefs-j set}. */
final class Remount {
  /** What is left when a signal ends the command: the daemon may change options all the same. */
  static final String WHEN_INTERRUPTED =
      "the mount goes on; 'zonefs-j options DIR' shows what was changed";

  /** The kernel shows it for each mount, so mount(8) hands it over whether it was given or not. */
  private static final String KERNEL_DEFAULT = "relatime";

  private static final String EJECTED = DevicePart.MISSING + ": ejected";

  private final Console console;

  Remount(Console console) {
    this.console = console;
  }

  /**
   * Changes what differs.
   *
   * @param isHandedBack see {@link RemountPlan#of}
   */
  void run(MountEntry entry, MountOptions wanted, boolean isHandedBack)
      throws IOException, UsageError {
    MountStatus status =
        StatusCodec.decode(
            LiveCommand.ask(
                entry,
                new ControlRequest(ControlRequest.Action.STATUS),
                ProgressListener.NONE,
                LiveCommand.noItems()));
    boolean isEjected = status.drive().stream().anyMatch(part -> part.state().startsWith(EJECTED));
    if (isEjected) {
      tell(entry, new ControlRequest(ControlRequest.Action.ADMIT));
    }
    RemountPlan plan = RemountPlan.of(wanted, isHandedBack, status.options(), entry.options());
    if (plan.settings().isEmpty()) {
      changeFlags(entry, plan);
    } else {
      tell(entry, new ControlRequest(ControlRequest.Action.SET, plan.settings()));
      boolean done = false;
      try {
        changeFlags(entry, plan);
        done = true;
      } finally {
        if (!done) {
          // All, or none.
          tell(
              entry,
              new ControlRequest(ControlRequest.Action.SET, plan.formerSettings(status.options())));
        }
      }
    }
    boolean isChanged = isEjected || !plan.settings().isEmpty() || !plan.kernelFlags().isEmpty();
    if (!plan.kernelFlags().contains("rw")) {
      sayIfItStaysReadOnly(entry, wanted, status.volume(), isHandedBack && isChanged);
    }
    if (!isChanged) {
      console.remark(
          "nothing to change at "
              + entry.mountPoint()
              + (isHandedBack
                      && wanted.given().contains(KERNEL_DEFAULT)
                      && !status.options().containsKey(KERNEL_DEFAULT)
                  ? "; 'zonefs-j set' changes access times back to " + KERNEL_DEFAULT
                  : ""));
    }
  }

  /**
   * The kernel shows {@code rw} for a mount that an error turned read-only, or that waits. mount(8)
   * hands that over with other changes, whether somebody wants it or not.
   */
  private void sayIfItStaysReadOnly(
      MountEntry entry, MountOptions wanted, VolumeStatus volume, boolean isRemark)
      throws UserError {
    if (wanted.given().contains("rw") && !wanted.readOnly() && volume.readOnly()) {
      String words = entry.mountPoint() + " stays read-only: " + volume.readOnlyReason();
      if (!isRemark) {
        throw new UserError(words);
      }
      console.remark(words);
    }
  }

  private void changeFlags(MountEntry entry, RemountPlan plan) throws IOException {
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
  }

  private void tell(MountEntry entry, ControlRequest request) throws IOException {
    try (ProgressPrinter progress = console.progress()) {
      LiveCommand.ask(entry, request, progress, LiveCommand.noItems());
    }
  }
}
