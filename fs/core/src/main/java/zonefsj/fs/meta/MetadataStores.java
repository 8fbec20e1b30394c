// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.IOException;
import java.util.Optional;

/** The place where one filesystem's index lives: opens, makes, restores and sets aside. */
public interface MetadataStores {
  /**
   * Opens the index that is there.
   *
   * @return empty when there is none, or when it is damaged (it is then set aside, with a warning)
   */
  Optional<MetadataStore> openExisting() throws IOException;

  /**
   * What was wrong with the index that the last {@link #openExisting} set aside, in words; empty if
   * it set none aside. Stores that are never damaged say nothing.
   */
  default String damageFound() {
    return "";
  }

  /** Makes an empty index; one that is there is set aside before. */
  MetadataStore create() throws IOException;

  /**
   * Makes an index from the files of a checkpoint; one that is there is set aside before.
   *
   * @throws IOException also when {@link CheckpointContent#format()} is not understood
   */
  MetadataStore restore(CheckpointContent content) throws IOException;

  /** Moves what is there out of the way; it must not be open. */
  void setAside(String reason) throws IOException;

  /** Where the index is, for messages. */
  String describe();
}
