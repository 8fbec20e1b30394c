// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;

/**
 * Where the index of a drive is on the host. A layer has the UUID of the drive below and a history
 * of its own, so its index lies beside that of the drive below, under a name with its identity.
 *
 * @param directory of the index
 * @param isTemporary whether the history ends with the mount, as that of a layer in memory does:
 *     such an index is removed then
 */
public record IndexPlace(Path directory, boolean isTemporary) {
  private static final String LAYER = ".layer-";
  private static final int ID_DIGITS = 16;

  /**
   * The place for an open drive.
   *
   * @param usual the place for the drive without layers
   * @param uuid of the filesystem
   * @param losesChanges whether the drive has them in memory
   */
  public static IndexPlace of(Path usual, UUID uuid, ZonedDevice device, boolean losesChanges) {
    if (losesChanges) {
      String name = String.valueOf(usual.getFileName());
      // One mount at a time has this UUID, and removes what is there.
      String own = name.equals(uuid.toString()) ? name : name + "." + uuid;
      return new IndexPlace(usual.resolveSibling(own + ".temporary"), true);
    }
    List<UUID> layers = StackedDevice.layers(device);
    String suffix = layers.stream().map(IndexPlace::id).collect(Collectors.joining("-", LAYER, ""));
    return new IndexPlace(
        layers.isEmpty() ? usual : usual.resolveSibling(usual.getFileName() + suffix), false);
  }

  /**
   * Removes the indexes of a layer that is gone.
   *
   * @param indexes directory of all indexes of this user
   */
  public static void removeOfLayer(Path indexes, UUID layer) throws IOException {
    if (!Files.isDirectory(indexes)) {
      return;
    }
    String id = id(layer);
    try (Stream<Path> all = Files.list(indexes)) {
      for (Path each : all.toList()) {
        String name = String.valueOf(each.getFileName());
        int suffix = name.indexOf(LAYER);
        if (suffix >= 0 && name.indexOf(id, suffix) >= 0) {
          removeTree(each);
        }
      }
    }
  }

  /** Enough of a random UUID to be unique, so that the name of a stack of layers stays short. */
  private static String id(UUID layer) {
    return layer.toString().replace("-", "").substring(0, ID_DIGITS);
  }

  /** Removes a directory with its content, or a file. */
  public static void removeTree(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path inner, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(inner);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
