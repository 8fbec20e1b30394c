// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DataStream;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.volume.state.StreamChooser;

/**
 * Writes pieces of files to zones, each to those of its stream, and notes in their write buffers
 * where they are. Thread-safe; called without the lock of an inode.
 */
public final class PiecePlacement {
  /**
   * A write buffer in memory, and what has no zone yet. The bytes must not change any more.
   *
   * @param source the bytes behind the head of the write buffer
   */
  record Piece(long inode, WriteBuffer buffer, ChunkWriter.Source source) {}

  private final ChunkWriter chunks;
  private final StreamChooser streams;
  private final InodeLocks locks;
  private final DirtyMemory memory;

  /**
   * @param chunks writes data into zones
   * @param streams chooses the zones
   * @param locks of inodes, which readers of a write buffer hold
   * @param memory takes back the buffers of placed data
   */
  public PiecePlacement(
      ChunkWriter chunks, StreamChooser streams, InodeLocks locks, DirtyMemory memory) {
    this.chunks = chunks;
    this.streams = streams;
    this.locks = locks;
    this.memory = memory;
  }

  /**
   * The pieces by the stream of each, in their order.
   *
   * @throws IOException if the index cannot be read
   */
  Map<DataStream, List<Piece>> byStream(List<Piece> pieces) throws IOException {
    Map<DataStream, List<Piece>> streamed = new EnumMap<>(DataStream.class);
    for (Piece one : pieces) {
      ChunkWriter.Source source = one.source();
      DataStream stream =
          streams.streamFor(one.inode(), source.fileOffset(), source.bytes().remaining());
      streamed.computeIfAbsent(stream, key -> new ArrayList<>()).add(one);
    }
    return streamed;
  }

  /**
   * Writes pieces of one stream.
   *
   * @param listener counts the bytes for the batch of the pieces
   * @param mayUseReserve as in {@link ChunkWriter#write(DataStream, List,
   *     ChunkWriter.PlacedListener, boolean, List)}
   * @throws ChunkWriter.NoZoneException if no zone is free; data that have a zone keep it
   * @throws IOException if several zones failed in a row; data that have a zone keep it
   */
  void place(
      DataStream stream,
      List<Piece> pieces,
      ChunkWriter.PlacedListener listener,
      boolean mayUseReserve)
      throws IOException {
    List<ChunkWriter.Source> sources = pieces.stream().map(Piece::source).toList();
    List<List<PhysicalExtent>> placed = new ArrayList<>();
    try {
      chunks.write(stream, sources, listener, mayUseReserve, placed);
    } finally {
      // Also if there was no zone for all of them: what has a zone keeps it, so that the next try
      // needs less room. A write buffer may be longer than several zones.
      for (int index = 0; index < placed.size(); index++) {
        keep(pieces.get(index), placed.get(index));
      }
    }
  }

  private void keep(Piece one, List<PhysicalExtent> places) {
    ReentrantReadWriteLock lock = locks.of(one.inode());
    lock.writeLock().lock();
    try {
      if (one.source().isPlacedAt(places)) {
        one.buffer().place(places, memory);
      } else if (!one.buffer().isWriting()) {
        // Of a sealed batch: the others take bytes again after a write that failed.
        one.buffer().extendHead(places);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
