// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import jnr.ffi.annotations.IgnoreError;

/**
 * The functions of libfuse.so.2 used here (fuse.h, fuse_lowlevel.h of libfuse 2.9), except {@link
 * FuseNew}.
 */
public interface LibFuse2 {
  /** Mounts; prints the reason to stderr and returns 0 if it fails. */
  @IgnoreError
  long fuse_mount(long mountPoint, long args);

  /** The session of a filesystem. */
  @IgnoreError
  long fuse_get_session(long fuse);

  /** Ends the session, closes the channel, frees everything. */
  @IgnoreError
  void fuse_destroy(long fuse);

  /** Unmounts lazily and closes the channel: only for a mount whose start failed. */
  @IgnoreError
  void fuse_unmount(long mountPoint, long channel);

  /** Frees memory that the parser allocated. */
  @IgnoreError
  void fuse_opt_free_args(long args);

  /** Largest request. */
  @IgnoreError
  long fuse_chan_bufsize(long channel);

  /** Descriptor of /dev/fuse. */
  @IgnoreError
  int fuse_chan_fd(long channel);

  /** Creates a channel with custom functions. */
  @IgnoreError
  long fuse_chan_new(long operations, int descriptor, long bufferSize, long data);

  /** Frees a channel. */
  @IgnoreError
  void fuse_chan_destroy(long channel);

  /** Sends a reply; returns 0 or a negative error number. */
  @IgnoreError
  int fuse_chan_send(long channel, long vector, long count);

  /** Drops the kernel's cached data of a node; a negative offset means only the attributes. */
  @IgnoreError
  int fuse_lowlevel_notify_inval_inode(long channel, long node, long offset, long length);

  /** Waits for a request; returns its length, 0 at the end, or a negative error number. */
  @IgnoreError
  int fuse_chan_recv(long channelPointer, long buffer, long size);

  /** Serves a request: calls the callbacks, then replies. */
  @IgnoreError
  void fuse_session_process(long session, long buffer, long length, long channel);

  /** Tells all receivers to end. */
  @IgnoreError
  void fuse_session_exit(long session);

  /** Whether the session has ended. */
  @IgnoreError
  int fuse_session_exited(long session);
}
