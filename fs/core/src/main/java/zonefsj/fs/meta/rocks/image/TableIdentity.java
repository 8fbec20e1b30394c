// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a MANIFEST says about a table that identifies its content. RocksDB never changes a table,
 * and gives each one a unique identity, which it derives from the random identity of the session
 * that wrote the table and from the table's number. It stores this identity in the table and in the
 * MANIFEST, and refuses a table in which it differs. Tables of two databases with the same name and
 * length therefore have different identities, while a table keeps its identity in a copy of its
 * database.
 *
 * <p>Source: RocksDB 10.2, {@code table/unique_id.cc}, {@code db/version_edit.cc}.
 *
 * @param name name of its file
 * @param bytes its length
 * @param uniqueId RocksDB's unique identity of the table, in hexadecimal digits
 */
public record TableIdentity(String name, long bytes, String uniqueId) {
  /** The number fits a long. */
  private static final Pattern MANIFEST = Pattern.compile(ImageCheck.MANIFEST + "[0-9]{1,18}");

  /** Whether a file with this name and length can be a MANIFEST that {@link #read} takes. */
  public static boolean isReadable(String name, long bytes) {
    return MANIFEST.matcher(name).matches() && bytes <= ImageCheck.MAX_MANIFEST_BYTES;
  }

  /**
   * The tables that a MANIFEST names.
   *
   * @param name name of the MANIFEST
   * @param manifest its content
   * @param families the column families that it must have, apart from "default"
   * @throws ImageDamagedException if it is none that RocksDB writes for us
   */
  public static Set<TableIdentity> read(String name, byte[] manifest, Collection<String> families)
      throws IOException {
    Set<TableIdentity> all = new LinkedHashSet<>();
    long number = Long.parseLong(name.substring(ImageCheck.MANIFEST.length()));
    for (TableEntry table : new Manifest(manifest, number, families).tables()) {
      all.add(new TableIdentity(table.name(), table.bytes(), table.uniqueId()));
    }
    return all;
  }
}
