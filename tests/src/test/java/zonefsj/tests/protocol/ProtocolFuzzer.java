// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.protocol.Opcode;
import zonefsj.fs.fuse.protocol.RequestHeader;

/**
 * Makes requests: half of them good ones, about inodes and handles that were answered before, half
 * of them cut, grown, or with numbers that nobody would send.
 */
final class ProtocolFuzzer {
  private static final long[] ODD_LONGS = {
    0,
    1,
    -1,
    2,
    7,
    4096,
    1 << 20,
    1L << 31,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MAX_VALUE / 2,
    Long.MAX_VALUE / 2 + 1,
    -4096
  };
  private static final int[] ODD_INTS = {
    0, 1, -1, 2, 255, 4096, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE, 0xffff, 01000, 0177777
  };

  private final SplittableRandom random;
  private final Requester requester;
  private final List<Long> inodes = new ArrayList<>(List.of(ZoneFileSystem.ROOT_INODE));
  private final List<Long> handles = new ArrayList<>(List.of(1L));

  ProtocolFuzzer(SplittableRandom random, Requester requester) {
    this.random = random;
    this.requester = requester;
  }

  /** Sends one request and remembers what its answer told. */
  void step() {
    Opcode[] known = Opcode.values();
    Opcode opcode = known[random.nextInt(known.length)];
    byte[] request = requester.request(opcode.number(), any(inodes), body(opcode));
    if (random.nextBoolean()) {
      request = mutated(request);
    }
    ByteBuffer answer = requester.exchange(request);
    if (answer != null && request.length >= RequestHeader.BYTES) {
      remember(Opcode.of(ints(request).getInt(4)), answer);
    }
  }

  private static ByteBuffer ints(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private void remember(@Nullable Opcode opcode, ByteBuffer answer) {
    if (opcode == null || answer.getInt(answer.position() + 4) != 0) {
      return;
    }
    int body = answer.position() + 16;
    switch (opcode) {
      case LOOKUP, MKNOD, MKDIR, SYMLINK, LINK -> keep(inodes, answer.getLong(body));
      case CREATE, TMPFILE -> {
        keep(inodes, answer.getLong(body));
        keep(handles, answer.getLong(body + 128));
      }
      case OPEN, OPENDIR -> keep(handles, answer.getLong(body));
      default -> {}
    }
  }

  private void keep(List<Long> known, long number) {
    if (number != 0) {
      if (known.size() < 40) {
        known.add(number);
      } else {
        known.set(1 + random.nextInt(known.size() - 1), number);
      }
    }
  }

  private long any(List<Long> known) {
    return random.nextInt(20) == 0
        ? ODD_LONGS[random.nextInt(ODD_LONGS.length)]
        : known.get(random.nextInt(known.size()));
  }

  private String name() {
    return switch (random.nextInt(40)) {
      case 0 -> "";
      case 1 -> ".";
      case 2 -> "..";
      case 3 -> "a/b";
      case 4 -> "x".repeat(255 + random.nextInt(3));
      case 5 -> "user.attr" + random.nextInt(3);
      case 6 -> "system.posix_acl_" + (random.nextBoolean() ? "access" : "default");
      default -> "n" + random.nextInt(12);
    };
  }

  private long offset() {
    return random.nextInt(8) == 0
        ? ODD_LONGS[random.nextInt(ODD_LONGS.length)]
        : random.nextInt(1 << 16);
  }

  private int mode() {
    int[] types = {0, 0100000, 0040000, 0010000, 0140000, 0020000, 0120000, 0060000, 0170000};
    return types[random.nextInt(types.length)] | random.nextInt(010000);
  }

  private byte[] noise(int bound) {
    byte[] bytes = new byte[random.nextInt(bound)];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] body(Opcode opcode) {
    Body body = new Body();
    switch (opcode) {
      case INIT -> body.u32(7, 31 + random.nextInt(20), 1 << 20, -1, -1).bytes(new byte[44]);
      case LOOKUP, UNLINK, RMDIR, REMOVEXATTR -> body.name(name());
      case FORGET -> body.u64(random.nextInt(3));
      case BATCH_FORGET -> {
        int count = random.nextInt(4);
        body.u32(count, 0);
        for (int index = 0; index < count; index++) {
          body.u64(any(inodes), random.nextInt(3));
        }
      }
      case GETATTR -> body.u32(random.nextInt(2), 0).u64(any(handles));
      case STATX -> body.u32(0, 0).u64(any(handles)).u32(0, 0xfff);
      case SETATTR ->
          body.u32(random.nextInt(1 << 12), 0)
              .u64(any(handles), offset(), 0, offset(), offset(), 0)
              .u32(random.nextInt(), random.nextInt(), 0, mode(), 0, random.nextInt(9))
              .u32(random.nextInt(9), 0);
      case SYMLINK -> body.name(name()).name(name());
      case MKNOD -> body.u32(mode(), random.nextInt(), random.nextInt(01000), 0).name(name());
      case MKDIR -> body.u32(mode(), random.nextInt(01000)).name(name());
      case RENAME -> body.u64(any(inodes)).name(name()).name(name());
      case RENAME2 -> body.u64(any(inodes)).u32(random.nextInt(5), 0).name(name()).name(name());
      case LINK -> body.u64(any(inodes)).name(name());
      case CREATE, TMPFILE -> body.u32(openFlags(), mode(), random.nextInt(01000), 0).name(name());
      case OPEN, OPENDIR -> body.u32(openFlags(), random.nextInt(2));
      case READ, READDIR, READDIRPLUS ->
          body.u64(any(handles), offset()).u32(random.nextInt(1 << 17), 0).u64(0).u32(0, 0);
      case WRITE -> {
        byte[] data = noise(9000);
        body.u64(any(handles), offset()).u32(data.length, random.nextInt(8)).u64(0).u32(0, 0);
        body.bytes(data);
      }
      case FLUSH, RELEASE, RELEASEDIR, FSYNC, FSYNCDIR -> body.u64(any(handles), 0, 0);
      case SETXATTR -> {
        byte[] value = noise(300);
        body.u32(value.length, random.nextInt(4), random.nextInt(2), 0).name(name()).bytes(value);
      }
      case GETXATTR -> body.u32(random.nextInt(400), 0).name(name());
      case LISTXATTR -> body.u32(random.nextInt(400), 0);
      case FALLOCATE -> body.u64(any(handles), offset(), offset()).u32(random.nextInt(0100), 0);
      case LSEEK -> body.u64(any(handles), offset()).u32(2 + random.nextInt(4), 0);
      case COPY_FILE_RANGE, COPY_FILE_RANGE_64 ->
          body.u64(any(handles), offset(), any(inodes), any(handles), offset(), offset(), 0);
      default -> body.bytes(noise(80));
    }
    return body.build();
  }

  private int openFlags() {
    int[] more = {0, 0, 0, 01000, 02000, 040000};
    return random.nextInt(4) | more[random.nextInt(more.length)];
  }

  private byte[] mutated(byte[] request) {
    byte[] changed = request.clone();
    for (int times = 1 + random.nextInt(2); times > 0; times--) {
      changed = mutatedOnce(changed);
    }
    if (random.nextInt(4) != 0 && changed.length >= Integer.BYTES) {
      // As long as it says: what is wrong is inside.
      ints(changed).putInt(0, changed.length);
    }
    return changed;
  }

  @SuppressWarnings("StatementSwitchToExpressionSwitch") // not all cases make a new array
  private byte[] mutatedOnce(byte[] request) {
    int bodyBytes = request.length - RequestHeader.BYTES;
    switch (random.nextInt(8)) {
      case 0:
        return Arrays.copyOf(request, random.nextInt(request.length + 1));
      case 1:
        byte[] longer = Arrays.copyOf(request, request.length + 1 + random.nextInt(100));
        for (int at = request.length; at < longer.length; at++) {
          longer[at] = (byte) random.nextInt();
        }
        return longer;
      case 2:
        if (bodyBytes >= Integer.BYTES) {
          int at = RequestHeader.BYTES + (random.nextInt(bodyBytes) & -Integer.BYTES);
          ints(request)
              .putInt(
                  Math.min(at, request.length - Integer.BYTES),
                  ODD_INTS[random.nextInt(ODD_INTS.length)]);
        }
        return request;
      case 3:
        if (bodyBytes >= Long.BYTES) {
          int at = RequestHeader.BYTES + (random.nextInt(bodyBytes) & -Long.BYTES);
          ints(request)
              .putLong(
                  Math.min(at, request.length - Long.BYTES),
                  ODD_LONGS[random.nextInt(ODD_LONGS.length)]);
        }
        return request;
      case 4:
        // Names without an end.
        for (int at = RequestHeader.BYTES; at < request.length; at++) {
          request[at] = request[at] == 0 ? (byte) 'z' : request[at];
        }
        return request;
      case 5:
        if (bodyBytes >= 0) {
          ints(request).putShort(36, (short) random.nextInt(random.nextBoolean() ? 8 : 65536));
        }
        return request;
      case 6:
        if (bodyBytes >= 0) {
          ints(request).putInt(4, random.nextBoolean() ? random.nextInt(64) : random.nextInt());
        }
        return request;
      default:
        if (bodyBytes >= 0) {
          ints(request).putLong(16, ODD_LONGS[random.nextInt(ODD_LONGS.length)]);
        }
        return request;
    }
  }
}
