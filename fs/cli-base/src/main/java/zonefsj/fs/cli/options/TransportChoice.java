// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

/** Values of transport=: how the filesystem communicates with the kernel. */
public enum TransportChoice {
  /** The direct transport if it can mount, otherwise jnr-fuse. */
  AUTO("auto"),
  /** The FUSE protocol on /dev/fuse, implemented in this program. */
  DIRECT("direct"),
  /** libfuse 2.9 through jnr-fuse. */
  JNR_FUSE("jnr-fuse");

  private final String word;

  TransportChoice(String word) {
    this.word = word;
  }

  /** The value as in the option. */
  public String word() {
    return word;
  }

  /** Parses the value of the option. */
  static TransportChoice of(String word) throws UsageError {
    for (TransportChoice choice : values()) {
      if (choice.word.equals(word)) {
        return choice;
      }
    }
    throw new UsageError("transport=" + word + ": give auto, direct or jnr-fuse");
  }
}
