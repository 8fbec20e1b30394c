// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

/** One operation that changes a {@link TreeModel}, as it took effect. */
sealed interface Change {
  record Create(String path) implements Change {}

  /** An open that cuts to nothing is a truncate. */
  record Truncate(String path, long size) implements Change {}

  record Write(String path, long offset, long length, long seed) implements Change {}

  record Punch(String path, long offset, long length) implements Change {}

  record Copy(String from, String to, long fromOffset, long toOffset, long length)
      implements Change {}

  record Rename(String from, String to) implements Change {}

  record Unlink(String path) implements Change {}

  record MakeDirectory(String path) implements Change {}

  record RemoveDirectory(String path) implements Change {}
}
