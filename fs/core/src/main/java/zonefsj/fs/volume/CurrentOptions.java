// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.util.function.Supplier;
import zonefsj.fs.VolumeOptions;

/** The options of a mount, with the values of now. Thread-safe. */
final class CurrentOptions implements Supplier<VolumeOptions> {
  private volatile VolumeOptions options;

  CurrentOptions(VolumeOptions options) {
    this.options = options;
  }

  @Override
  public VolumeOptions get() {
    return options;
  }

  /** Replaces those that can change; the caller makes one change after the other. */
  void change(VolumeOptions.Live live) {
    options = options.with(live);
  }
}
