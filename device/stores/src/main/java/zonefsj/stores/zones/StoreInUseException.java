// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;

/** Somebody else owns the drive. The message is for the user. */
public final class StoreInUseException extends IOException {
  private static final long serialVersionUID = 1;

  private StoreInUseException(String message) {
    super(message);
  }

  /** Of an owner that may be gone without having closed the drive. */
  static StoreInUseException of(String store, Owner owner) {
    return new StoreInUseException(
        words(store, owner)
            + "; unmount it there, or if that process is gone for sure, take the drive over:"
            + " 'zonefs-j mount --takeover', or 'takeover=yes' in the SPEC for other commands");
  }

  /** Of an owner that is not gone: whoever took the drive from it would lose what it holds. */
  static StoreInUseException ofRunning(String store, Owner owner) {
    return new StoreInUseException(
        words(store, owner)
            + ", which runs on this host; unmount it, or end that process: then nothing needs to be"
            + " taken over");
  }

  private static String words(String store, Owner owner) {
    return store + " is in use by " + owner.words();
  }
}
