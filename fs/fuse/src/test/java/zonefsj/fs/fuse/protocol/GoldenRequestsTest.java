// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/**
 * Requests as the kernel lays them out: each field of each {@code struct fuse_..._in} of
 * linux/fuse.h has bytes of its own, so that a field taken for its neighbour is seen.
 */
final class GoldenRequestsTest {
  private static final byte[] AB = "ab".getBytes(US_ASCII);
  private static final byte[] C = "c".getBytes(US_ASCII);

  /** Decodes a body. */
  @FunctionalInterface
  private interface Decoder {
    Object decode(ByteBuffer in) throws ErrnoException;
  }

  private static void assertDecoded(String golden, Decoder decoder, Object expected)
      throws ErrnoException {
    assertDecoded(golden, Hex.bytes(golden).length, decoder, expected);
  }

  /** The bytes are taken for what is expected; fewer than are needed are refused. */
  private static void assertDecoded(
      String golden, int neededBytes, Decoder decoder, Object expected) throws ErrnoException {
    assertThat(decoder.decode(Hex.buffer(golden))).usingRecursiveComparison().isEqualTo(expected);
    for (int length = 0; length < neededBytes; length++) {
      ByteBuffer shorter = Hex.buffer(golden).limit(length);
      assertThatThrownBy(() -> decoder.decode(shorter))
          .as("%d bytes", length)
          .isInstanceOf(ErrnoException.class)
          .extracting(failure -> ((ErrnoException) failure).errno())
          .isEqualTo(Errno.EIO);
    }
  }

  @Test
  void getAttributes() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04  # getattr_flags
        11 12 13 14  # dummy
        21 22 23 24 25 26 27 28  # fh
        """,
        in -> Requests.GetAttributes.decode(in),
        new Requests.GetAttributes(0x2827262524232221L));
  }

  @Test
  void setAttributes() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04  # valid
        11 12 13 14  # padding
        21 22 23 24 25 26 27 28  # fh
        31 32 33 34 35 36 37 38  # size
        41 42 43 44 45 46 47 48  # lock_owner
        51 52 53 54 55 56 57 58  # atime
        61 62 63 64 65 66 67 68  # mtime
        71 72 73 74 75 76 77 78  # ctime
        81 82 83 84  # atimensec
        91 92 93 94  # mtimensec
        a1 a2 a3 a4  # ctimensec
        b1 b2 b3 b4  # mode
        c1 c2 c3 c4  # unused4
        d1 d2 d3 d4  # uid
        e1 e2 e3 e4  # gid
        f1 f2 f3 f4  # unused5
        """,
        in -> Requests.SetAttributes.decode(in),
        new Requests.SetAttributes(
            0x04030201,
            0x2827262524232221L,
            0x3837363534333231L,
            0x5857565554535251L,
            0x84838281,
            0x6867666564636261L,
            0x94939291,
            0x7877767574737271L,
            0xa4a3a2a1,
            0xb4b3b2b1,
            0xd4d3d2d1,
            0xe4e3e2e1,
            false));
    assertThat(
            Requests.SetAttributes.decode(Hex.buffer("00 08 00 00" + " 00".repeat(84)))
                .killsSetIds())
        .isTrue();
  }

  @Test
  void makeNode() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04  # mode
        11 12 13 14  # rdev
        21 22 23 24  # umask
        31 32 33 34  # padding
        61 62 00  # "ab"
        """,
        in -> Requests.MakeNode.decode(in),
        new Requests.MakeNode(0x04030201, 0x14131211, 0x24232221, AB));
  }

  @Test
  void makeDirectory() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04  # mode
        11 12 13 14  # umask
        61 62 00  # "ab"
        """,
        in -> Requests.MakeDirectory.decode(in),
        new Requests.MakeDirectory(0x04030201, 0x14131211, AB));
  }

  @Test
  void makeSymlink() throws ErrnoException {
    assertDecoded(
        """
        61 62 00  # "ab", the name
        63 00  # "c", the target
        """,
        in -> Requests.MakeSymlink.decode(in),
        new Requests.MakeSymlink(AB, C));
  }

  @Test
  void link() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # oldnodeid
        61 62 00  # "ab"
        """,
        in -> Requests.Link.decode(in),
        new Requests.Link(0x0807060504030201L, AB));
  }

  @Test
  void rename() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # newdir
        61 62 00  # "ab"
        63 00  # "c"
        """,
        in -> Requests.Rename.decode(in, false),
        new Requests.Rename(0x0807060504030201L, 0, AB, C));
  }

  @Test
  void renameWithFlags() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # newdir
        11 12 13 14  # flags
        21 22 23 24  # padding
        61 62 00  # "ab"
        63 00  # "c"
        """,
        in -> Requests.Rename.decode(in, true),
        new Requests.Rename(0x0807060504030201L, 0x14131211, AB, C));
  }

  @Test
  void open() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04  # flags
        11 12 13 14  # open_flags
        """,
        in -> Requests.Open.decode(in),
        new Requests.Open(0x04030201, true));
  }

  @Test
  void create() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04  # flags
        11 12 13 14  # mode
        21 22 23 24  # umask
        31 32 33 34  # open_flags
        61 62 00  # "ab"
        """,
        in -> Requests.Create.decode(in),
        new Requests.Create(0x04030201, 0x14131211, 0x24232221, AB));
  }

  @Test
  void release() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14  # flags
        21 22 23 24  # release_flags
        31 32 33 34 35 36 37 38  # lock_owner
        """,
        16,
        in -> Requests.ByHandle.decode(in),
        new Requests.ByHandle(0x0807060504030201L));
  }

  @Test
  void flush() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14  # unused
        21 22 23 24  # padding
        31 32 33 34 35 36 37 38  # lock_owner
        """,
        16,
        in -> Requests.ByHandle.decode(in),
        new Requests.ByHandle(0x0807060504030201L));
  }

  @Test
  void fsync() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14  # fsync_flags
        21 22 23 24  # padding
        """,
        in -> Requests.ByHandle.decode(in),
        new Requests.ByHandle(0x0807060504030201L));
  }

  @Test
  void read() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14 15 16 17 18  # offset
        21 22 23 24  # size
        31 32 33 34  # read_flags
        41 42 43 44 45 46 47 48  # lock_owner
        51 52 53 54  # flags
        61 62 63 64  # padding
        """,
        in -> Requests.Read.decode(in),
        new Requests.Read(0x0807060504030201L, 0x1817161514131211L, 0x24232221));
  }

  @Test
  void getXattr() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04  # size
        11 12 13 14  # padding
        """,
        in -> Requests.GetXattr.decode(in),
        new Requests.GetXattr(0x04030201));
  }

  @Test
  void allocate() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14 15 16 17 18  # offset
        21 22 23 24 25 26 27 28  # length
        31 32 33 34  # mode
        41 42 43 44  # padding
        """,
        in -> Requests.Allocate.decode(in),
        new Requests.Allocate(
            0x0807060504030201L, 0x1817161514131211L, 0x2827262524232221L, 0x34333231));
  }

  @Test
  void seek() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14 15 16 17 18  # offset
        21 22 23 24  # whence
        31 32 33 34  # padding
        """,
        in -> Requests.Seek.decode(in),
        new Requests.Seek(0x0807060504030201L, 0x1817161514131211L, 0x24232221));
  }

  @Test
  void copyRange() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04 05 06 07 08  # fh_in
        11 12 13 14 15 16 17 18  # off_in
        21 22 23 24 25 26 27 28  # nodeid_out
        31 32 33 34 35 36 37 38  # fh_out
        41 42 43 44 45 46 47 48  # off_out
        51 52 53 54 55 56 57 58  # len
        61 62 63 64 65 66 67 68  # flags
        """,
        in -> Requests.CopyRange.decode(in),
        new Requests.CopyRange(
            0x0807060504030201L,
            0x1817161514131211L,
            0x3837363534333231L,
            0x4847464544434241L,
            0x5857565554535251L,
            0x6867666564636261L));
  }

  @Test
  void ioctl() throws ErrnoException {
    String golden =
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14  # flags
        21 22 23 24  # cmd
        31 32 33 34 35 36 37 38  # arg
        02 00 00 00  # in_size
        51 52 53 54  # out_size
        aa bb  # the argument
        """;
    ByteBuffer in = Hex.buffer(golden);
    assertThat(Requests.Ioctl.decode(in))
        .isEqualTo(new Requests.Ioctl(0x0807060504030201L, 0x24232221, 2, 0x54535251));
    Hex.assertSame(in, "aa bb");
    for (String size : List.of("01 00 00 00", "03 00 00 00", "ff ff ff ff")) {
      assertThatThrownBy(
              () -> Requests.Ioctl.decode(Hex.buffer(golden.replace("02 00 00 00", size))))
          .isInstanceOf(ErrnoException.class);
    }
    assertThatThrownBy(() -> Requests.Ioctl.decode(Hex.buffer(golden).limit(31)))
        .isInstanceOf(ErrnoException.class);
  }

  @Test
  void statx() throws ErrnoException {
    assertDecoded(
        """
        01 02 03 04  # getattr_flags
        11 12 13 14  # reserved
        21 22 23 24 25 26 27 28  # fh
        31 32 33 34  # sx_flags
        41 42 43 44  # sx_mask
        """,
        in -> Requests.Statx.decode(in),
        new Requests.Statx(0x2827262524232221L));
  }

  @Test
  void header() throws ErrnoException {
    ByteBuffer request =
        Hex.buffer(
            """
            3c 00 00 00  # len
            11 12 13 14  # opcode
            21 22 23 24 25 26 27 28  # unique
            31 32 33 34 35 36 37 38  # nodeid
            41 42 43 44  # uid
            51 52 53 54  # gid
            61 62 63 64  # pid
            02 00  # total_extlen, in units of 8 bytes
            81 82  # padding
            aa bb cc dd  # body
            10 00 00 00 20 00 00 00  # extension: size, FUSE_EXT_GROUPS
            01 00 00 00 91 92 93 94  # nr_groups, groups
            """);
    RequestHeader header = RequestHeader.decode(request);
    assertThat(header)
        .isEqualTo(
            new RequestHeader(
                60,
                0x14131211,
                0x2827262524232221L,
                0x3837363534333231L,
                0x44434241,
                0x54535251,
                0x64636261,
                16,
                List.of(0x94939291)));
    Hex.assertSame(request, "aa bb cc dd");
    assertThat(header.isWhole(60)).isTrue();
    assertThat(header.isWhole(59)).isFalse();
    assertThat(header.isWhole(61)).isFalse();
    assertThat(new RequestHeader(60, 0, 0, 0, 0, 0, 0, 24, List.of()).isWhole(60)).isFalse();
  }

  /** Of other types nothing is taken; no length in an extension is trusted. */
  @Test
  void extensions() throws ErrnoException {
    assertThat(groups("18 00 00 00 01 00 00 00 01 00 00 00 61 62 63 64 65 66 67 68 69 6a 6b 6c"))
        .isEmpty();
    assertThat(
            groups(
                "10 00 00 00 02 00 00 00 01 00 00 00 05 00 00 00"
                    + " 18 00 00 00 20 00 00 00 03 00 00 00 01 00 00 00 02 00 00 00 ff ff ff ff"))
        .containsExactly(1, 2, -1);
    for (String malformed :
        List.of(
            "07 00 00 00 20 00 00 00",
            "18 00 00 00 20 00 00 00 01 00 00 00 05 00 00 00",
            "ff ff ff ff 20 00 00 00 01 00 00 00 05 00 00 00",
            "08 00 00 00 20 00 00 00",
            "10 00 00 00 20 00 00 00 02 00 00 00 05 00 00 00",
            "10 00 00 00 20 00 00 00 ff ff ff ff 05 00 00 00")) {
      assertThatThrownBy(() -> groups(malformed))
          .as(malformed)
          .isInstanceOf(ErrnoException.class)
          .extracting(failure -> ((ErrnoException) failure).errno())
          .isEqualTo(Errno.EIO);
    }
  }

  private static List<Integer> groups(String extensions) throws ErrnoException {
    String padded = extensions + " 00".repeat((8 - Hex.bytes(extensions).length % 8) % 8);
    int units = Hex.bytes(padded).length / 8;
    return RequestHeader.decode(
            Hex.buffer("00 ".repeat(36) + String.format("%02x 00 00 00 ", units) + padded))
        .groups();
  }

  @Test
  void init() throws ErrnoException {
    String golden =
        """
        01 02 03 04  # major
        11 12 13 14  # minor
        21 22 23 24  # max_readahead
        31 32 33 74  # flags, with FUSE_INIT_EXT
        41 42 43 44  # flags2
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00  # unused
        """;
    assertThat(Requests.Init.decode(Hex.buffer(golden)))
        .isEqualTo(new Requests.Init(0x04030201, 0x14131211, 0x24232221, 0x4443424174333231L));
    // Without FUSE_INIT_EXT there is no second word, whatever stands there.
    assertThat(Requests.Init.decode(Hex.buffer(golden.replace("33 74", "33 34"))))
        .isEqualTo(new Requests.Init(0x04030201, 0x14131211, 0x24232221, 0x34333231L));
    // Before 7.36 the kernel sent 16 bytes.
    assertThat(Requests.Init.decode(Hex.buffer(golden).limit(16)))
        .isEqualTo(new Requests.Init(0x04030201, 0x14131211, 0x24232221, 0x74333231L));
    assertThatThrownBy(() -> Requests.Init.decode(Hex.buffer(golden).limit(15)))
        .isInstanceOf(ErrnoException.class);
  }

  @Test
  void write() throws ErrnoException {
    String golden =
        """
        01 02 03 04 05 06 07 08  # fh
        11 12 13 14 15 16 17 18  # offset
        03 00 00 00  # size
        05 00 00 00  # write_flags: FUSE_WRITE_CACHE, FUSE_WRITE_KILL_SUIDGID
        41 42 43 44 45 46 47 48  # lock_owner
        51 52 53 54  # flags
        61 62 63 64  # padding
        aa bb cc  # data
        """;
    Requests.Write write = Requests.Write.decode(Hex.buffer(golden));
    assertThat(write.handle()).isEqualTo(0x0807060504030201L);
    assertThat(write.offsetBytes()).isEqualTo(0x1817161514131211L);
    assertThat(write.fromPageCache()).isTrue();
    assertThat(write.killsSetIds()).isTrue();
    Hex.assertSame(write.data(), "aa bb cc");
    Requests.Write plain =
        Requests.Write.decode(Hex.buffer(golden.replace("05 00 00 00", "02 00 00 00")));
    assertThat(plain.fromPageCache()).isFalse();
    assertThat(plain.killsSetIds()).isFalse();
    for (String size : List.of("02 00 00 00", "04 00 00 00", "ff ff ff ff", "00 00 00 80")) {
      assertThatThrownBy(
              () -> Requests.Write.decode(Hex.buffer(golden.replace("03 00 00 00", size))))
          .isInstanceOf(ErrnoException.class);
    }
  }

  @Test
  void setXattr() throws ErrnoException {
    String golden =
        """
        02 00 00 00  # size
        11 12 13 14  # flags
        01 00 00 00  # setxattr_flags: FUSE_SETXATTR_ACL_KILL_SGID
        31 32 33 34  # padding
        61 62 00  # "ab"
        58 00  # value
        """;
    assertThat(Requests.SetXattr.decode(Hex.buffer(golden), true))
        .usingRecursiveComparison()
        .isEqualTo(new Requests.SetXattr(0x14131211, true, AB, new byte[] {'X', 0}));
    String old =
        """
        02 00 00 00  # size
        11 12 13 14  # flags
        61 62 00  # "ab"
        58 00  # value
        """;
    assertThat(Requests.SetXattr.decode(Hex.buffer(old), false))
        .usingRecursiveComparison()
        .isEqualTo(new Requests.SetXattr(0x14131211, false, AB, new byte[] {'X', 0}));
    for (String size : List.of("01 00 00 00", "03 00 00 00", "ff ff ff ff")) {
      assertThatThrownBy(
              () -> Requests.SetXattr.decode(Hex.buffer(golden.replace("02 00 00 00", size)), true))
          .isInstanceOf(ErrnoException.class);
    }
  }

  @Test
  void forget() throws ErrnoException {
    List<String> forgotten = new ArrayList<>();
    Requests.forget(
        7,
        Hex.buffer(
            """
            01 02 03 04 05 06 07 08  # nlookup
            """),
        (inode, count) -> forgotten.add(inode + " " + Long.toHexString(count)));
    assertThat(forgotten).containsExactly("7 807060504030201");
  }

  @Test
  void batchForget() throws ErrnoException {
    String golden =
        """
        02 00 00 00  # count
        00 00 00 00  # dummy
        01 02 03 04 05 06 07 08  # nodeid
        11 12 13 14 15 16 17 18  # nlookup
        03 00 00 00 00 00 00 00  # nodeid
        04 00 00 00 00 00 00 00  # nlookup
        """;
    List<String> forgotten = new ArrayList<>();
    Requests.batchForget(
        Hex.buffer(golden),
        (inode, count) -> forgotten.add(Long.toHexString(inode) + " " + Long.toHexString(count)));
    assertThat(forgotten).containsExactly("807060504030201 1817161514131211", "3 4");
    // Nothing is forgotten of a batch that is cut short.
    forgotten.clear();
    for (String count : List.of("03 00 00 00", "ff ff ff ff", "00 00 00 10")) {
      assertThatThrownBy(
              () ->
                  Requests.batchForget(
                      Hex.buffer(golden.replaceFirst("02 00 00 00", count)),
                      (inode, times) -> forgotten.add("any")))
          .isInstanceOf(ErrnoException.class);
    }
    assertThat(forgotten).isEmpty();
  }

  @Test
  void aNameEndsWithAZero() throws ErrnoException {
    ByteBuffer names = Hex.buffer("61 62 00 00 ff 00");
    assertThat(Requests.nextName(names)).isEqualTo(AB);
    assertThat(Requests.nextName(names)).isEmpty();
    assertThat(Requests.nextName(names)).isEqualTo(new byte[] {(byte) 0xff});
    assertThat(names.hasRemaining()).isFalse();
    assertThatThrownBy(() -> Requests.nextName(Hex.buffer("61 62")))
        .isInstanceOf(ErrnoException.class);
    assertThatThrownBy(() -> Requests.nextName(Hex.buffer(""))).isInstanceOf(ErrnoException.class);
  }
}
