// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.IOException;
import java.util.Optional;

/**
 * The location of one filesystem's index: opens, creates, restores and sets aside indexes. At most
 * one index of a location is open at a time; the caller closes it. An index that is set aside is
 * never opened again.
 *
 * <p>Threading: used by one thread at a time, the one that mounts or checks.
 */
public interface MetadataStores {
  /**
   * Opens the existing index.
   *
   * @return empty if there is none, or if it is damaged (it is then set aside, with a warning)
   */
  Optional<MetadataStore> openExisting() throws IOException;

  /**
   * Description of the damage of the index that the last {@link #openExisting} set aside; empty if
   * it set none aside. The default is for stores that are never damaged.
   */
  default String damageFound() {
    return "";
  }

  /** Creates an empty index; sets an existing one aside first. */
  MetadataStore create() throws IOException;

  /**
   * Creates an index from the files of a checkpoint; sets an existing one aside first.
   *
   * @throws IOException also if {@link CheckpointContent#format()} is unknown
   */
  MetadataStore restore(CheckpointContent content) throws IOException;

  /** Sets the existing index aside; it must not be open. */
  void setAside(String reason) throws IOException;

  /** Location of the index, for messages. */
  String describe();
}
