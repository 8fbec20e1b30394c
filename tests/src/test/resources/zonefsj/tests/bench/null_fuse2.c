// SPDX-License-Identifier: Apache-2.0
/*
 * A filesystem without contents over the path interface of libfuse 2.9, with the options that
 * JnrFuseTransport gives to it: null_fuse2 DIR THREADS. Stays in the foreground until the mount ends;
 * ends it when standard input ends. Its loop is its own, because that of libfuse 2.9 knows no number of
 * threads, and each idle thread more makes a request dearer.
 */
#define FUSE_USE_VERSION 29
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <stdio.h>

#include "null_tree.h"

/* Finds what a path names, or with `last` the directory that holds its last name; held once more. */
static struct node *walk(const char *path, const char **last) {
  struct node *node = node_of(ROOT);
  atomic_fetch_add(&node->holds, 1);
  for (path += 1; node && *path;) {
    char name[NAME_BYTES + 1];
    size_t length = strcspn(path, "/");
    if (last && !path[length]) {
      *last = path;
      break;
    }
    struct node *child = NULL;
    if (length <= NAME_BYTES) {
      memcpy(name, path, length);
      name[length] = 0;
      child = tree_lookup(node->inode, name, 1);
    }
    tree_drop(node, 1);
    node = child;
    path += path[length] ? length + 1 : length;
  }
  return node;
}

static int null_getattr(const char *path, struct stat *out) {
  struct node *node = walk(path, NULL);
  if (!node) return -ENOENT;
  tree_stat(node, out);
  tree_drop(node, 1);
  return 0;
}

static struct node *opened(struct fuse_file_info *info) {
  return (struct node *)(uintptr_t)info->fh;
}

static int null_fgetattr(const char *path, struct stat *out, struct fuse_file_info *info) {
  (void)path;
  tree_stat(opened(info), out);
  return 0;
}

static int null_truncate(const char *path, off_t size) {
  struct node *node = walk(path, NULL);
  if (!node) return -ENOENT;
  atomic_store(&node->size, size);
  tree_drop(node, 1);
  return 0;
}

static int null_ftruncate(const char *path, off_t size, struct fuse_file_info *info) {
  (void)path;
  atomic_store(&opened(info)->size, size);
  return 0;
}

static int null_chmod(const char *path, mode_t mode) {
  struct node *node = walk(path, NULL);
  if (!node) return -ENOENT;
  node->mode = (node->mode & S_IFMT) | (mode & 07777);
  tree_drop(node, 1);
  return 0;
}

static int null_chown(const char *path, uid_t uid, gid_t gid) {
  struct node *node = walk(path, NULL);
  if (!node) return -ENOENT;
  if (uid != (uid_t)-1) node->uid = uid;
  if (gid != (gid_t)-1) node->gid = gid;
  tree_drop(node, 1);
  return 0;
}

static int null_utimens(const char *path, const struct timespec times[2]) {
  (void)path;
  (void)times;
  return 0;
}

/* Holds what is made `holds` times. */
static int make(const char *path, mode_t mode, int holds, struct node **made) {
  const struct fuse_context *caller = fuse_get_context();
  const char *name = "";
  struct node *parent = walk(path, &name);
  if (!parent) return -ENOENT;
  int error = tree_make(parent->inode, name, mode, caller->uid, caller->gid, holds, made);
  tree_drop(parent, 1);
  return -error;
}

static int null_mkdir(const char *path, mode_t mode) {
  struct node *made;
  return make(path, S_IFDIR | (mode & 07777), 0, &made);
}

static int null_create(const char *path, mode_t mode, struct fuse_file_info *info) {
  struct node *made;
  int error = make(path, S_IFREG | (mode & 07777), 1, &made);
  if (!error) info->fh = (uintptr_t)made;
  return error;
}

static int cut(const char *path, bool directory) {
  const char *name = "";
  struct node *parent = walk(path, &name);
  if (!parent) return -ENOENT;
  int error = tree_remove(parent->inode, name, directory);
  tree_drop(parent, 1);
  return -error;
}

static int null_unlink(const char *path) {
  return cut(path, false);
}

static int null_rmdir(const char *path) {
  return cut(path, true);
}

static int null_open(const char *path, struct fuse_file_info *info) {
  struct node *node = walk(path, NULL);
  if (!node) return -ENOENT;
  if (info->flags & O_TRUNC) atomic_store(&node->size, 0);
  info->fh = (uintptr_t)node;
  info->keep_cache = 1;
  return 0;
}

/* Zeros are written for each read, as a filesystem would write its data. */
static int null_read(const char *path, char *buffer, size_t size, off_t offset,
                     struct fuse_file_info *info) {
  (void)path;
  size_t length = tree_readable(opened(info), size, offset);
  memset(buffer, 0, length);
  return (int)length;
}

static int null_write(const char *path, const char *buffer, size_t size, off_t offset,
                      struct fuse_file_info *info) {
  (void)path;
  (void)buffer;
  tree_grow(opened(info), offset + (int64_t)size);
  return (int)size;
}

static int null_flush(const char *path, struct fuse_file_info *info) {
  (void)path;
  (void)info;
  return 0;
}

static int null_fsync(const char *path, int data_only, struct fuse_file_info *info) {
  (void)path;
  (void)data_only;
  (void)info;
  return 0;
}

static int null_release(const char *path, struct fuse_file_info *info) {
  (void)path;
  tree_drop(opened(info), 1);
  return 0;
}

static int null_getxattr(const char *path, const char *name, char *value, size_t size) {
  (void)name;
  (void)value;
  (void)size;
  struct node *node = walk(path, NULL);
  if (!node) return -ENOENT;
  tree_drop(node, 1);
  return -ENODATA;
}

static int null_statfs(const char *path, struct statvfs *out) {
  (void)path;
  tree_statfs(out);
  return 0;
}

static int null_readdir(const char *path, void *buffer, fuse_fill_dir_t filler, off_t offset,
                        struct fuse_file_info *info) {
  (void)path;
  struct node *directory = opened(info);
  struct stat stat = {.st_ino = directory->inode, .st_mode = S_IFDIR};
  if (offset < 1 && filler(buffer, ".", &stat, 1)) return 0;
  if (offset < 2 && filler(buffer, "..", &stat, 2)) return 0;
  for (uint64_t cookie = (uint64_t)offset;;) {
    struct node *node = tree_after(directory->inode, cookie);
    if (!node) return 0;
    stat.st_ino = cookie = node->inode;
    stat.st_mode = node->mode;
    int full = filler(buffer, node->name, &stat, (off_t)cookie);
    tree_drop(node, 1);
    if (full) return 0;
  }
}

static const struct fuse_operations operations = {
    .getattr = null_getattr,
    .fgetattr = null_fgetattr,
    .truncate = null_truncate,
    .ftruncate = null_ftruncate,
    .chmod = null_chmod,
    .chown = null_chown,
    .utimens = null_utimens,
    .mkdir = null_mkdir,
    .create = null_create,
    .unlink = null_unlink,
    .rmdir = null_rmdir,
    .open = null_open,
    .read = null_read,
    .write = null_write,
    .flush = null_flush,
    .fsync = null_fsync,
    .release = null_release,
    .getxattr = null_getxattr,
    .statfs = null_statfs,
    .opendir = null_open,
    .readdir = null_readdir,
    .releasedir = null_release,
};

static void *serve(void *argument) {
  struct fuse_session *session = argument;
  struct fuse_chan *channel = fuse_session_next_chan(session, NULL);
  size_t size = fuse_chan_bufsize(channel);
  char *memory = malloc(size);
  if (!memory) abort();
  while (!fuse_session_exited(session)) {
    struct fuse_chan *source = channel;
    struct fuse_buf buffer = {.mem = memory, .size = size};
    int length = fuse_session_receive_buf(session, &buffer, &source);
    if (length == -EINTR) continue;
    if (length <= 0) break;
    fuse_session_process_buf(session, &buffer, source);
  }
  free(memory);
  return NULL;
}

int main(int count, char **arguments) {
  int threads = count == 3 ? atoi(arguments[2]) : 0;
  if (threads <= 0) {
    fprintf(stderr, "usage: null_fuse2 DIR THREADS\n");
    return 2;
  }
  char *options[] = {
      arguments[0], "-f", "-o",
      "fsname=null,subtype=null_fuse2,default_permissions,allow_other,nonempty,big_writes,"
      "max_write=131072,max_readahead=1048576,max_background=64,congestion_threshold=48,"
      "atomic_o_trunc,use_ino,entry_timeout=3600,negative_timeout=3600,attr_timeout=3600",
      arguments[1]};
  tree_init();
  start_watch(arguments[1]);
  char *mount_point;
  int multithreaded;
  struct fuse *fuse =
      fuse_setup(5, options, &operations, sizeof operations, &mount_point, &multithreaded, NULL);
  if (!fuse) return 1;
  struct fuse_session *session = fuse_get_session(fuse);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, session) != 0) abort();
    pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  serve(session);
  umount2(arguments[1], MNT_DETACH); /* after a signal; else it has ended already */
  return 0;
}
