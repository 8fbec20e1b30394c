// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;

/** Somebody else owns the drive. The message is for the user. */
public final class StoreInUseException extends IOException {
  private static final long serialVersionUID = 1;

  StoreInUseException(String store, Owner owner) {
    super(
        store
            + " is in use by "
            + owner.words()
            + "; unmount it there, or if that process is gone for sure, take the drive over: 'zonefs-j"
            + " mount --takeover', or 'takeover=yes' in the SPEC for other commands");
  }
}
