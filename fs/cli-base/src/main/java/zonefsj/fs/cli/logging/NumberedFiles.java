// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.logging;

import ch.qos.logback.core.rolling.RollingPolicyBase;
import ch.qos.logback.core.rolling.RolloverFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Keeps {@code x.log.1}, the newest, to {@code x.log.3}. Logback's own numbering takes a pattern,
 * which could misread the name of a directory.
 */
final class NumberedFiles extends RollingPolicyBase {
  private static final int KEPT = 3;

  @Override
  public void rollover() throws RolloverFailure {
    String active = getActiveFileName();
    try {
      for (int i = KEPT; i > 1; i--) {
        Path younger = Path.of(active + "." + (i - 1));
        if (Files.exists(younger)) {
          Files.move(younger, Path.of(active + "." + i), StandardCopyOption.REPLACE_EXISTING);
        }
      }
      Set<PosixFilePermission> rights = Files.getPosixFilePermissions(Path.of(active));
      Files.move(Path.of(active), Path.of(active + ".1"), StandardCopyOption.REPLACE_EXISTING);
      // Logback would create it with default permissions.
      Files.createFile(Path.of(active), PosixFilePermissions.asFileAttribute(rights));
    } catch (IOException e) {
      throw new RolloverFailure("cannot roll over " + active, e);
    }
  }

  @Override
  public String getActiveFileName() {
    return getParentsRawFileProperty();
  }
}
