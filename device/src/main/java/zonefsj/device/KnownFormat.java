// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Recognizes the content of a drive or file by its first bytes, so that a user who gives a wrong
 * path learns what is there, and no existing data are overwritten. Uses magic numbers, as {@code
 * blkid} does.
 *
 * <p>Immutable and thread-safe.
 */
public enum KnownFormat {
  /** The image of an emulated drive. */
  ZONEFSJ_IMAGE("a zonefs-j image"),
  /** A part of a drive that is put together from several. */
  ZONEFSJ_PART("a part of a composed zonefs-j drive"),
  /** A drive to which a dump was not restored to the end. */
  ZONEFSJ_RESTORE("an unfinished 'zonefs-j zone restore'"),
  /** The changes of a drive in a file. */
  ZONEFSJ_LAYER("a zonefs-j layer"),
  /** LUKS, version 1 or 2. */
  LUKS("an encrypted LUKS volume"),
  /** XFS. */
  XFS("xfs"),
  /** ext2, ext3 or ext4. */
  EXT("ext2"),
  /** ext3. */
  EXT3("ext3"),
  /** ext4. */
  EXT4("ext4"),
  /** Btrfs, including its zoned mode. */
  BTRFS("btrfs"),
  /** F2FS. */
  F2FS("f2fs"),
  /** The kernel's zonefs, with one file for each zone. */
  ZONEFS("the kernel's zonefs"),
  /** NTFS. */
  NTFS("ntfs"),
  /** exFAT. */
  EXFAT("exfat"),
  /** FAT12, FAT16 or FAT32. */
  VFAT("vfat"),
  /** Swap space. */
  SWAP("swap space"),
  /** A GPT partition table. */
  GPT("a disk with a GPT partition table"),
  /** A part of an LVM volume group. */
  LVM("an LVM physical volume"),
  /** A part of a Linux software RAID. */
  MDRAID("a member of a Linux RAID"),
  /** squashfs. */
  SQUASHFS("squashfs"),
  /** ISO 9660. */
  ISO9660("a CD image (iso9660)"),
  /** A QEMU image. */
  QCOW2("a qcow2 image"),
  /** gzip. */
  GZIP("a gzip archive; decompress it first"),
  /** zstd. */
  ZSTD("a zstd archive; decompress it first"),
  /** xz. */
  XZ("an xz archive; decompress it first"),
  /** A DOS partition table. */
  MBR("a disk with a DOS partition table");

  /** Number of bytes from the start that {@link #detect} uses. */
  public static final int LOOK_BYTES = 128 << 10;

  private static final int EXT_SUPER_AT = 1024;

  private final String title;

  KnownFormat(String title) {
    this.title = title;
  }

  /** A description for the user. */
  public String title() {
    return title;
  }

  /**
   * Recognizes a format.
   *
   * @param start the first bytes, up to {@link #LOOK_BYTES}, from index 0 to the limit; not changed
   */
  public static Optional<KnownFormat> detect(ByteBuffer start) {
    ByteBuffer bytes = start.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    for (KnownFormat format : values()) {
      if (format.matches(bytes)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  private boolean matches(ByteBuffer bytes) {
    return switch (this) {
      case ZONEFSJ_IMAGE -> text(bytes, 0, "ZFJIMG");
      case ZONEFSJ_PART -> text(bytes, 0, "ZFJPART\0") || text(bytes, 0, "ZFJMIRR\0");
      case ZONEFSJ_RESTORE -> text(bytes, 0, "ZFJREST\0");
      case ZONEFSJ_LAYER -> text(bytes, 0, "ZFJDIF");
      case LUKS -> text(bytes, 0, "LUKS\u00ba\u00be");
      case XFS -> text(bytes, 0, "XFSB");
      case EXT -> ext(bytes) && !extFeature(bytes, 0x5c, 4) && !extFeature(bytes, 0x60, 0x2c0);
      case EXT3 -> ext(bytes) && !extFeature(bytes, 0x60, 0x2c0);
      case EXT4 -> ext(bytes);
      case BTRFS -> text(bytes, 0x10040, "_BHRfS_M") || text(bytes, 0x40, "_BHRfS_M");
      case F2FS -> number(bytes, 1024, 0xF2F52010);
      case ZONEFS -> text(bytes, 0, "SFOZ");
      case NTFS -> text(bytes, 3, "NTFS    ");
      case EXFAT -> text(bytes, 3, "EXFAT   ");
      case VFAT -> bootSector(bytes) && (text(bytes, 54, "FAT") || text(bytes, 82, "FAT32"));
      case SWAP -> text(bytes, 4086, "SWAPSPACE2") || text(bytes, 65526, "SWAPSPACE2");
      case GPT -> text(bytes, 512, "EFI PART") || text(bytes, 4096, "EFI PART");
      case LVM -> text(bytes, 512, "LABELONE") || text(bytes, 0, "LABELONE");
      case MDRAID -> number(bytes, 4096, 0xA92B4EFC) || number(bytes, 0, 0xA92B4EFC);
      case SQUASHFS -> text(bytes, 0, "hsqs");
      case ISO9660 -> text(bytes, 32769, "CD001");
      case QCOW2 -> text(bytes, 0, "QFI\u00fb");
      case GZIP -> text(bytes, 0, "\u001f\u008b\u0008");
      case ZSTD -> number(bytes, 0, 0xFD2FB528);
      case XZ -> text(bytes, 0, "\u00fd7zXZ\0");
      case MBR -> bootSector(bytes) && dosPartition(bytes);
    };
  }

  private static boolean ext(ByteBuffer bytes) {
    return bytes.limit() >= EXT_SUPER_AT + 1024
        && Short.toUnsignedInt(bytes.getShort(EXT_SUPER_AT + 56)) == 0xEF53;
  }

  private static boolean extFeature(ByteBuffer bytes, int wordAt, int mask) {
    return (bytes.getInt(EXT_SUPER_AT + wordAt) & mask) != 0;
  }

  private static boolean bootSector(ByteBuffer bytes) {
    return bytes.limit() >= 512 && Short.toUnsignedInt(bytes.getShort(510)) == 0xAA55;
  }

  /** Whether at least one entry can be a partition, and none is invalid. */
  private static boolean dosPartition(ByteBuffer bytes) {
    boolean any = false;
    for (int at = 446; at < 510; at += 16) {
      int active = Byte.toUnsignedInt(bytes.get(at));
      if (active != 0 && active != 0x80) {
        return false;
      }
      any |= bytes.get(at + 4) != 0 && bytes.getInt(at + 12) != 0;
    }
    return any;
  }

  private static boolean number(ByteBuffer bytes, int at, int magic) {
    return at + Integer.BYTES <= bytes.limit() && bytes.getInt(at) == magic;
  }

  private static boolean text(ByteBuffer bytes, int at, String magic) {
    byte[] wanted = magic.getBytes(StandardCharsets.ISO_8859_1);
    if (at + wanted.length > bytes.limit()) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (bytes.get(at + i) != wanted[i]) {
        return false;
      }
    }
    return true;
  }
}
