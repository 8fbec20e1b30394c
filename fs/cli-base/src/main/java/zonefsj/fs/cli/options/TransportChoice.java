// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

/** What transport= says: how the filesystem talks to the kernel. */
public enum TransportChoice {
  /** The direct one where it can mount, else jnr-fuse. */
  AUTO("auto"),
  /** The protocol of /dev/fuse, spoken by this program. */
  DIRECT("direct"),
  /** libfuse 2.9 through jnr-fuse. */
  JNR_FUSE("jnr-fuse");

  private final String word;

  TransportChoice(String word) {
    this.word = word;
  }

  /** As in the option. */
  public String word() {
    return word;
  }

  /** By the word of the option. */
  static TransportChoice of(String word) throws UsageError {
    for (TransportChoice choice : values()) {
      if (choice.word.equals(word)) {
        return choice;
      }
    }
    throw new UsageError("transport=" + word + ": give auto, direct or jnr-fuse");
  }
}
