// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.util.Collections;
import zonefsj.device.spec.DeviceKinds;
import zonefsj.fs.monitor.MonitorPage;

/**
 * Keeps the jars of the class path open. Java opens a jar when it first looks for a class in it, by
 * its path: after an upgrade that would be a jar of the new version, or none. An open jar stays
 * what it was, because package managers put new files in the place of old ones.
 *
 * <p>Resources are read by path each time, open jar or not ({@code ServiceLoader}, {@code
 * getResourceAsStream}): what a daemon needs of them it reads here, too.
 */
final class HeldJars {
  private static final String MISSING = "zonefs-j/no-such-resource";

  private HeldJars() {}

  /** Opens those that are not open yet; they stay open until the process ends. */
  static void hold() throws IOException {
    // What no jar has is looked for in all of them.
    Collections.list(ClassLoader.getSystemResources(MISSING));
    DeviceKinds.all();
    MonitorPage.load();
  }
}
