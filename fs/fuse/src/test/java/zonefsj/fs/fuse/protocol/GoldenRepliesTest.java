// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Attributes;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.SpaceStatistics;

/** Replies and notices as the kernel reads them: {@code struct fuse_..._out} of linux/fuse.h. */
final class GoldenRepliesTest {
  private static final long UNIQUE = 0x1817161514131211L;

  private static final Attributes FILE =
      new Attributes(
          0x0807060504030201L,
          0xf4f3f2f1,
          FileMode.REGULAR | 04751,
          0xa4a3a2a1,
          0xb4b3b2b1,
          0xc4c3c2c1,
          // makedev(0x123, 0x45678) as new_encode_dev() of the kernel has it
          0x45612378L,
          0x2827262524232221L,
          0x1001,
          Instant.ofEpochSecond(0x3837363534333231L - 0x3837363500000000L, 0x11121314),
          Instant.ofEpochSecond(-2, 0x21222324),
          Instant.ofEpochSecond(0x55, 0x31323334),
          Instant.ofEpochSecond(0x66, 0x01020304));

  private static final String ATTR_OF_FILE =
      """
      01 02 03 04 05 06 07 08  # ino
      21 22 23 24 25 26 27 28  # size
      09 00 00 00 00 00 00 00  # blocks, of 512 bytes
      31 32 33 34 ff ff ff ff  # atime
      fe ff ff ff ff ff ff ff  # mtime
      55 00 00 00 00 00 00 00  # ctime
      14 13 12 11  # atimensec
      24 23 22 21  # mtimensec
      34 33 32 31  # ctimensec
      e9 89 00 00  # mode: 0104751
      a1 a2 a3 a4  # nlink
      b1 b2 b3 b4  # uid
      c1 c2 c3 c4  # gid
      78 23 61 45  # rdev
      00 10 00 00  # blksize
      00 00 00 00  # flags
      """;

  private static final String ENTRY_OF_FILE =
      """
      01 02 03 04 05 06 07 08  # nodeid
      f1 f2 f3 f4 00 00 00 00  # generation
      80 51 01 00 00 00 00 00  # entry_valid: a day
      80 51 01 00 00 00 00 00  # attr_valid
      00 00 00 00  # entry_valid_nsec
      00 00 00 00  # attr_valid_nsec
      """
          + ATTR_OF_FILE;

  private final Reply reply = new Reply(4096);

  /** A header of success with the length of the body, then the body. */
  private void assertBody(String golden) {
    int length = 16 + Hex.bytes(golden).length;
    assertThat(reply.bodyBytes()).isEqualTo(length - 16);
    Hex.assertSame(
        reply.success(UNIQUE),
        String.format("%02x %02x 00 00 # len%n", length & 0xff, length >> 8)
            + "00 00 00 00 # error\n11 12 13 14 15 16 17 18 # unique\n"
            + golden);
    reply.begin();
    assertThat(reply.bodyBytes()).isZero();
  }

  private static Attributes withTimes(Attributes of, Instant access) {
    return new Attributes(
        of.inode(),
        of.generation(),
        of.mode(),
        of.linkCount(),
        of.uid(),
        of.gid(),
        of.device(),
        of.sizeBytes(),
        of.allocatedBytes(),
        access,
        of.modifyTime(),
        of.changeTime(),
        of.birthTime());
  }

  private static final Attributes TOLD =
      withTimes(FILE, Instant.ofEpochSecond(0xffffffff34333231L, 0x11121314));

  @Test
  void anErrorHasNoBody() {
    reply.written(5);
    Hex.assertSame(
        reply.failure(-39, UNIQUE),
        """
        10 00 00 00  # len
        d9 ff ff ff  # error: -ENOTEMPTY
        11 12 13 14 15 16 17 18  # unique
        """);
    reply.begin();
    assertBody("");
  }

  @Test
  void ioctlDone() {
    reply.ioctlDone();
    reply.bytes(new byte[] {1, 2, 3, 4});
    assertBody(
        """
        00 00 00 00  # result
        00 00 00 00  # flags
        00 00 00 00  # in_iovs
        00 00 00 00  # out_iovs
        01 02 03 04  # the result
        """);
  }

  @Test
  void entry() {
    reply.entry(TOLD);
    assertBody(ENTRY_OF_FILE);
  }

  @Test
  void anEstimateIsNotCached() {
    Attributes estimate = TOLD.withAllocated(TOLD.allocatedBytes(), true);
    reply.entry(estimate);
    assertBody(
        ENTRY_OF_FILE.replace(
            "80 51 01 00 00 00 00 00  # attr_valid", "00 00 00 00 00 00 00 00  # attr_valid"));
    reply.attributes(estimate);
    assertBody("00 00 00 00 00 00 00 00  # attr_valid\n".repeat(2) + ATTR_OF_FILE);
    reply.statx(estimate);
    assertThat(reply.success(UNIQUE).getLong(Reply.HEADER_BYTES)).isZero();
  }

  @Test
  void attributes() {
    reply.attributes(TOLD);
    assertBody(
        """
        80 51 01 00 00 00 00 00  # attr_valid
        00 00 00 00  # attr_valid_nsec
        00 00 00 00  # dummy
        """
            + ATTR_OF_FILE);
  }

  /** All zeros but the time for which it holds. */
  @Test
  void noEntry() {
    reply.noEntry();
    assertBody(
        """
        00 00 00 00 00 00 00 00  # nodeid: none
        00 00 00 00 00 00 00 00  # generation
        80 51 01 00 00 00 00 00  # entry_valid
        """
            + "00 ".repeat(128 - 24));
  }

  /** {@code struct fuse_statx_out}, since 7.39. */
  @Test
  void statx() {
    reply.statx(TOLD);
    assertBody(
        """
        80 51 01 00 00 00 00 00  # attr_valid
        00 00 00 00  # attr_valid_nsec
        00 00 00 00  # flags
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # spare
        ff 0f 00 00  # mask: STATX_BASIC_STATS and STATX_BTIME
        00 10 00 00  # blksize
        00 00 00 00 00 00 00 00  # attributes
        a1 a2 a3 a4  # nlink
        b1 b2 b3 b4  # uid
        c1 c2 c3 c4  # gid
        e9 89  # mode
        00 00  # spare
        01 02 03 04 05 06 07 08  # ino
        21 22 23 24 25 26 27 28  # size
        09 00 00 00 00 00 00 00  # blocks
        00 00 00 00 00 00 00 00  # attributes_mask
        31 32 33 34 ff ff ff ff 14 13 12 11 00 00 00 00  # atime
        66 00 00 00 00 00 00 00 04 03 02 01 00 00 00 00  # btime
        55 00 00 00 00 00 00 00 34 33 32 31 00 00 00 00  # ctime
        fe ff ff ff ff ff ff ff 24 23 22 21 00 00 00 00  # mtime
        23 01 00 00  # rdev_major
        78 56 04 00  # rdev_minor
        00 00 00 00 00 00 00 00  # dev_major, dev_minor: the kernel knows
        """
            + "00 ".repeat(14 * 8));
  }

  @Test
  void opened() {
    reply.opened(0x0807060504030201L, 0x14131211);
    assertBody(
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14  # open_flags
        00 00 00 00  # backing_id
        """);
  }

  @Test
  void createdIsAnEntryAndWhatWasOpened() {
    reply.entry(TOLD);
    reply.opened(1, 2);
    assertBody(ENTRY_OF_FILE + "01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00");
  }

  @Test
  void countsAndPositions() {
    reply.written(0x04030201);
    assertBody("01 02 03 04 00 00 00 00");
    reply.xattrLength(0x04030201);
    assertBody("01 02 03 04 00 00 00 00");
    reply.position(0x0807060504030201L);
    assertBody("01 02 03 04 05 06 07 08");
    reply.bytes("target".getBytes(US_ASCII));
    assertBody("74 61 72 67 65 74");
  }

  @Test
  void statfs() {
    reply.statfs(new SpaceStatistics(4096, 0x1000 * 0x01020304L, 0x5000, 0x4000, 7, 0x0a000000L));
    assertBody(
        """
        04 03 02 01 00 00 00 00  # blocks
        05 00 00 00 00 00 00 00  # bfree
        04 00 00 00 00 00 00 00  # bavail
        07 00 00 0a 00 00 00 00  # files
        00 00 00 0a 00 00 00 00  # ffree
        00 10 00 00  # bsize
        ff 00 00 00  # namelen
        00 10 00 00  # frsize
        00 00 00 00  # padding
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # spare
        """);
  }

  @Test
  void init() {
    reply.init(new Negotiation(38, 0x24232221, 1 << 20, 0x4443424134333231L), 64);
    assertBody(
        """
        07 00 00 00  # major
        26 00 00 00  # minor
        21 22 23 24  # max_readahead
        31 32 33 34  # flags
        40 00  # max_background
        30 00  # congestion_threshold
        00 00 10 00  # max_write
        01 00 00 00  # time_gran
        00 01  # max_pages
        00 00  # map_alignment
        41 42 43 44  # flags2
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  # unused
        """);
  }

  @Test
  void whatOthersFillIn() {
    ByteBuffer room = reply.room(100);
    assertThat(room.remaining()).isEqualTo(100);
    room.put((byte) 0xaa).put((byte) 0xbb);
    reply.filled(2);
    assertBody("aa bb");
    assertThat(reply.room(1 << 30).remaining()).isEqualTo(4096);
    reply.filled(4090);
    assertThat(reply.room(4096).remaining()).isEqualTo(6);
  }

  @Test
  void aNoticeAboutAttributesKeepsThePages() {
    Hex.assertSame(
        reply.invalidateAttributes(0x0807060504030201L),
        """
        28 00 00 00  # len
        02 00 00 00  # FUSE_NOTIFY_INVAL_INODE
        00 00 00 00 00 00 00 00  # unique: none asked
        01 02 03 04 05 06 07 08  # ino
        ff ff ff ff ff ff ff ff  # off: negative, attributes only
        00 00 00 00 00 00 00 00  # len
        """);
  }

  private static final String DIRENT_ABC =
      """
      41 42 43 44 45 46 47 48  # ino
      51 52 53 54 55 56 57 58  # off: behind this entry
      03 00 00 00  # namelen
      04 00 00 00  # type: DT_DIR
      61 62 63 00 00 00 00 00  # name, padded to 8 bytes
      """;

  private static void add(DirectoryPage page, String name, Attributes attributes) {
    page.add(
        name.getBytes(US_ASCII),
        0x4847464544434241L,
        FileMode.DIRECTORY | 0755,
        0x5857565554535251L,
        attributes);
  }

  @Test
  @SuppressWarnings("NullAway") // entries of READDIR have no attributes
  void aListing() throws ErrnoException {
    DirectoryPage page = reply.directory(96, false);
    add(page, "abc", null);
    // A name of 8 bytes needs no padding, one of 9 needs 7.
    add(page, "12345678", null);
    assertThat(page.fits(new byte[8])).isTrue();
    assertThat(page.fits(new byte[9])).isFalse();
    add(page, "1", null);
    assertThat(page.fits(new byte[1])).isFalse();
    String more = DIRENT_ABC.replace("03 00", "08 00").replace("61 62 63 00 00 00 00 00", "%s");
    assertBody(
        DIRENT_ABC
            + more.formatted("31 32 33 34 35 36 37 38")
            + more.formatted("31 00 00 00 00 00 00 00").replace("08 00", "01 00"));
  }

  @Test
  @SuppressWarnings("NullAway") // dots have no attributes
  void aListingWithAttributes() throws ErrnoException {
    DirectoryPage page = reply.directory(2 * (128 + 32) + 159, true);
    assertThat(page.fits(new byte[8])).isTrue();
    add(page, "abc", null);
    add(page, "abc", TOLD);
    assertThat(page.fits(new byte[1])).isFalse();
    assertBody("00 ".repeat(128) + "\n" + DIRENT_ABC + ENTRY_OF_FILE + DIRENT_ABC);
  }

  @Test
  void noMoreIsListedThanThereIsRoomFor() throws ErrnoException {
    DirectoryPage page = reply.directory(Integer.MAX_VALUE, false);
    assertThat(page.fits(new byte[4096 - 24])).isTrue();
    assertThat(page.fits(new byte[4096 - 23])).isFalse();
    assertThat(reply.directory(0, false).fits(new byte[1])).isFalse();
    assertThatThrownBy(() -> reply.directory(-1, true)).isInstanceOf(ErrnoException.class);
  }
}
