// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import zonefsj.device.block.FileFacts;
import zonefsj.device.block.NativeFile;

/** The files of a mount, and what the kernel says of it; tests imitate them. Thread-safe. */
interface ZoneFiles {
  /** Size, capacity and permissions of a file. */
  FileFacts facts(Path file) throws IOException;

  /** Opens a file. */
  NativeFile open(Path file, boolean writes) throws IOException;

  /** Distance of the starts of two zones; 0 if it is not known. */
  long zoneSizeBytes();

  /** Limit of files that are open for writing, of zones that are open; empty: none. */
  OptionalInt maxOpenZones();

  /** Limit of active zones; empty: none. */
  OptionalInt maxActiveZones();
}
