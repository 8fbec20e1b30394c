// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.io.IOException;

/** The program that mounts and unmounts for users other than root. It may be missing. */
public final class MountHelper {
  private static final int ENOENT = 2;

  private MountHelper() {}

  /** Whether a failure of {@link ProcessBuilder#start} means that the program is not installed. */
  public static boolean isMissing(IOException failure) {
    return String.valueOf(failure.getMessage()).contains("error=" + ENOENT + ",");
  }

  /**
   * Message for a helper that could not be started, with the remedy.
   *
   * @param program its name
   * @param errno error number of the system
   */
  public static String notStarted(String program, int errno) {
    return errno == ENOENT ? missing(program) : program + " cannot be started: errno " + errno;
  }

  /** Message for a missing helper, with the remedy. */
  public static String missing(String program) {
    return program
        + " is not installed, which mounts and unmounts for users other than root: install the"
        + " package fuse3 (Debian: apt install fuse3)";
  }
}
