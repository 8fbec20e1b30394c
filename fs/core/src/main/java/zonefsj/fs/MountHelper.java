// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.io.IOException;

/** The program that mounts and unmounts for users other than root, which may not be installed. */
public final class MountHelper {
  private static final int ENOENT = 2;

  private MountHelper() {}

  /** Whether a program is not installed, by the failure of {@link ProcessBuilder#start}. */
  public static boolean isMissing(IOException failure) {
    return String.valueOf(failure.getMessage()).contains("error=" + ENOENT + ",");
  }

  /**
   * Why a helper could not be started, and what to do.
   *
   * @param program its name
   * @param errno that the system gave
   */
  public static String notStarted(String program, int errno) {
    return errno == ENOENT ? missing(program) : program + " cannot be started: errno " + errno;
  }

  /** What to do where a helper is missing. */
  public static String missing(String program) {
    return program
        + " is not installed, which mounts and unmounts for users other than root: install the"
        + " package fuse3 (Debian: apt install fuse3)";
  }
}
