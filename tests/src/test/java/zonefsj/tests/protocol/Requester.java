// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.direct.RequestHandler;
import zonefsj.fs.fuse.protocol.Opcode;
import zonefsj.fs.fuse.protocol.Reply;
import zonefsj.fs.fuse.protocol.RequestHeader;

/** In the place of a kernel: sends requests to a handler and takes its answers. */
final class Requester {
  private static final int EPROTO = 71;
  private static final int BODY_BYTES = 1 << 20;

  private final RequestHandler handler;
  private final Reply reply = new Reply(BODY_BYTES);
  private long unique = 1;

  Requester(ZoneFileSystem fileSystem) {
    handler = new RequestHandler(new FuseAdapter(fileSystem, true), false, false, 4, inode -> {});
    Answer agreed =
        send(Opcode.INIT, 0, new Body().u32(7, 38, 1 << 20, -1, -1).bytes(new byte[44]).build());
    assertThat(agreed.error()).isZero();
  }

  /**
   * An answer.
   *
   * @param error 0 or the positive error number
   * @param body empty after an error
   */
  record Answer(int error, ByteBuffer body) {}

  /** Sends a whole request as root; it must be one that is answered. */
  Answer send(Opcode opcode, long node, byte[] body) {
    ByteBuffer answer = exchange(opcode, node, body);
    if (answer == null) {
      throw new AssertionError(opcode + " is not answered");
    }
    int error = -answer.getInt(answer.position() + 4);
    answer.position(answer.position() + 16);
    return new Answer(error, answer);
  }

  /** Sends a whole request that is not answered. */
  void tell(Opcode opcode, long node, byte[] body) {
    assertThat(exchange(opcode, node, body)).as("answer to %s", opcode).isNull();
  }

  private @Nullable ByteBuffer exchange(Opcode opcode, long node, byte[] body) {
    return exchange(request(opcode.number(), node, body));
  }

  /** A whole request of root. */
  byte[] request(int opcode, long node, byte[] body) {
    return new Body()
        .u32(RequestHeader.BYTES + body.length, opcode)
        .u64(++unique, node)
        .u32(0, 0, 4242, 0)
        .bytes(body)
        .build();
  }

  /**
   * Hands over bytes as they are, and expects of the answer what the kernel would: that there is
   * one exactly if it waits for one, with its number, its length and an error that is one.
   */
  @Nullable ByteBuffer exchange(byte[] request) {
    ByteBuffer in = ByteBuffer.allocateDirect(request.length).order(ByteOrder.nativeOrder());
    in.put(request).flip();
    ByteBuffer answer = handler.serve(in.duplicate().order(ByteOrder.nativeOrder()), reply);
    if (request.length < RequestHeader.BYTES) {
      assertThat(answer).isNull();
      return null;
    }
    Opcode opcode = Opcode.of(in.getInt(4));
    if (opcode != null && !opcode.hasReply()) {
      assertThat(answer).as("answer to %s", opcode).isNull();
      return null;
    }
    if (answer == null) {
      throw new AssertionError(opcode + " is not answered");
    }
    int length = answer.remaining();
    assertThat(answer.getInt(answer.position())).as("length").isEqualTo(length);
    assertThat(answer.getLong(answer.position() + 8)).as("unique").isEqualTo(in.getLong(8));
    int error = answer.getInt(answer.position() + 4);
    if (error != 0) {
      assertThat(length).as("length of an error").isEqualTo(Reply.HEADER_BYTES);
      assertThat(isErrno(-error)).as("error %d", error).isTrue();
    }
    return answer;
  }

  private static boolean isErrno(int number) {
    for (zonefsj.fs.Errno errno : zonefsj.fs.Errno.values()) {
      if (errno.number() == number) {
        return true;
      }
    }
    return number == EPROTO;
  }
}
