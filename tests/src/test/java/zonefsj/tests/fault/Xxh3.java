// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** XXH3, 64 bits, without a seed: the hash of RocksDB's blocks. Written after its specification. */
final class Xxh3 {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final byte[] SECRET =
      HexFormat.of()
          .parseHex(
              "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                  + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                  + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                  + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                  + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                  + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

  private static final long PRIME32_1 = 0x9E3779B1L;
  private static final long PRIME32_2 = 0x85EBCA77L;
  private static final long PRIME32_3 = 0xC2B2AE3DL;
  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME64_3 = 0x165667B19E3779F9L;
  private static final long PRIME64_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME64_5 = 0x27D4EB2F165667C5L;

  private static final int STRIPE = 64;
  private static final int STRIPES = (192 - STRIPE) / 8;

  private Xxh3() {}

  static long hash(byte[] in, int at, int length) {
    if (length <= 16) {
      return upTo16(in, at, length);
    }
    if (length <= 128) {
      return upTo128(in, at, length);
    }
    return length <= 240 ? upTo240(in, at, length) : longer(in, at, length);
  }

  private static int u32(byte[] in, int at) {
    return (int) INT.get(in, at);
  }

  private static long u64(byte[] in, int at) {
    return (long) LONG.get(in, at);
  }

  private static long secret(int at) {
    return u64(SECRET, at);
  }

  private static long fold(long left, long right) {
    long high = Math.multiplyHigh(left, right) + ((left >> 63) & right) + ((right >> 63) & left);
    return (left * right) ^ high;
  }

  private static long avalanche(long hash) {
    long mixed = (hash ^ hash >>> 37) * 0x165667919E3779F9L;
    return mixed ^ mixed >>> 32;
  }

  private static long avalanche64(long hash) {
    long mixed = (hash ^ hash >>> 33) * PRIME64_2;
    mixed = (mixed ^ mixed >>> 29) * PRIME64_3;
    return mixed ^ mixed >>> 32;
  }

  private static long upTo16(byte[] in, int at, int length) {
    if (length > 8) {
      long low = u64(in, at) ^ (secret(24) ^ secret(32));
      long high = u64(in, at + length - 8) ^ (secret(40) ^ secret(48));
      return avalanche(length + Long.reverseBytes(low) + high + fold(low, high));
    }
    if (length >= 4) {
      long both = (u32(in, at + length - 4) & 0xffffffffL) + ((long) u32(in, at) << 32);
      long h = both ^ (secret(8) ^ secret(16));
      h ^= Long.rotateLeft(h, 49) ^ Long.rotateLeft(h, 24);
      h *= 0x9FB21C651E98DF25L;
      h ^= (h >>> 35) + length;
      h *= 0x9FB21C651E98DF25L;
      return h ^ h >>> 28;
    }
    if (length > 0) {
      int combined =
          (in[at] & 0xff) << 16
              | (in[at + (length >> 1)] & 0xff) << 24
              | (in[at + length - 1] & 0xff)
              | length << 8;
      return avalanche64(
          (combined & 0xffffffffL) ^ ((u32(SECRET, 0) ^ u32(SECRET, 4)) & 0xffffffffL));
    }
    return avalanche64(secret(56) ^ secret(64));
  }

  private static long mix16(byte[] in, int at, int secretAt) {
    return fold(u64(in, at) ^ secret(secretAt), u64(in, at + 8) ^ secret(secretAt + 8));
  }

  private static long upTo128(byte[] in, int at, int length) {
    long sum = length * PRIME64_1;
    for (int pair = (length - 1) / 32; pair >= 0; pair--) {
      sum += mix16(in, at + 16 * pair, 32 * pair);
      sum += mix16(in, at + length - 16 * (pair + 1), 32 * pair + 16);
    }
    return avalanche(sum);
  }

  private static long upTo240(byte[] in, int at, int length) {
    long sum = length * PRIME64_1;
    for (int round = 0; round < 8; round++) {
      sum += mix16(in, at + 16 * round, 16 * round);
    }
    sum = avalanche(sum);
    for (int round = 8; round < length / 16; round++) {
      sum += mix16(in, at + 16 * round, 16 * (round - 8) + 3);
    }
    return avalanche(sum + mix16(in, at + length - 16, 136 - 17));
  }

  private static void accumulate(long[] sums, byte[] in, int at, int secretAt) {
    for (int lane = 0; lane < sums.length; lane++) {
      long data = u64(in, at + 8 * lane);
      long key = data ^ secret(secretAt + 8 * lane);
      sums[lane ^ 1] += data;
      sums[lane] += (key & 0xffffffffL) * (key >>> 32);
    }
  }

  private static long longer(byte[] in, int at, int length) {
    long[] sums = {
      PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1
    };
    int stripes = (length - 1) / STRIPE;
    for (int stripe = 0; stripe < stripes; stripe++) {
      accumulate(sums, in, at + STRIPE * stripe, 8 * (stripe % STRIPES));
      if (stripe % STRIPES == STRIPES - 1) {
        for (int lane = 0; lane < sums.length; lane++) {
          sums[lane] =
              (sums[lane] ^ sums[lane] >>> 47 ^ secret(192 - STRIPE + 8 * lane)) * PRIME32_1;
        }
      }
    }
    accumulate(sums, in, at + length - STRIPE, 192 - STRIPE - 7);
    long hash = length * PRIME64_1;
    for (int pair = 0; pair < 4; pair++) {
      hash +=
          fold(
              sums[2 * pair] ^ secret(11 + 16 * pair), sums[2 * pair + 1] ^ secret(19 + 16 * pair));
    }
    return avalanche(hash);
  }
}
