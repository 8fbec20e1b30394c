// SPDX-License-Identifier: Apache-2.0
/*
 * A filesystem without contents over the low-level interface of libfuse 3: null_fuse3 DIR THREADS.
 * Stays in the foreground until the mount ends; ends it when standard input ends.
 */
#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
#include <stdio.h>

#include "null_tree.h"

enum { MAX_TRANSFER_BYTES = 1 << 20 };

static void null_init(void *data, struct fuse_conn_info *connection) {
  (void)data;
  connection->max_write = MAX_TRANSFER_BYTES;
  connection->max_readahead = MAX_TRANSFER_BYTES;
  connection->max_background = 64;
  connection->congestion_threshold = 48;
  /* Always, not when the kernel's guess says so. */
  connection->want &= ~FUSE_CAP_READDIRPLUS_AUTO;
  connection->want |= FUSE_CAP_READDIRPLUS;
}

static void fill(struct fuse_entry_param *entry, struct node *node) {
  memset(entry, 0, sizeof *entry);
  entry->ino = node->inode;
  tree_stat(node, &entry->attr);
  entry->attr_timeout = entry->entry_timeout = CACHE_SECONDS;
}

static void null_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
  struct fuse_entry_param entry = {.entry_timeout = CACHE_SECONDS};
  struct node *node = tree_lookup(parent, name, 1);
  if (node) fill(&entry, node);
  fuse_reply_entry(request, &entry); /* number 0: there is no such name, and that may be remembered */
}

static void drop(fuse_ino_t inode, uint64_t count) {
  struct node *node = node_of(inode);
  if (node) tree_drop(node, (int64_t)count);
}

static void null_forget(fuse_req_t request, fuse_ino_t inode, uint64_t count) {
  drop(inode, count);
  fuse_reply_none(request);
}

static void null_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets) {
  for (size_t i = 0; i < count; i++) drop(forgets[i].ino, forgets[i].nlookup);
  fuse_reply_none(request);
}

static void reply_attributes(fuse_req_t request, struct node *node) {
  struct stat stat;
  tree_stat(node, &stat);
  fuse_reply_attr(request, &stat, CACHE_SECONDS);
}

static void null_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info) {
  (void)info;
  struct node *node = node_of(inode);
  if (node) {
    reply_attributes(request, node);
  } else {
    fuse_reply_err(request, ENOENT);
  }
}

static void null_setattr(fuse_req_t request, fuse_ino_t inode, struct stat *stat, int set,
                         struct fuse_file_info *info) {
  (void)info;
  struct node *node = node_of(inode);
  if (!node) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  if (set & FUSE_SET_ATTR_MODE) node->mode = (node->mode & S_IFMT) | (stat->st_mode & 07777);
  if (set & FUSE_SET_ATTR_UID) node->uid = stat->st_uid;
  if (set & FUSE_SET_ATTR_GID) node->gid = stat->st_gid;
  if (set & FUSE_SET_ATTR_SIZE) atomic_store(&node->size, stat->st_size);
  reply_attributes(request, node);
}

static void null_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode) {
  const struct fuse_ctx *caller = fuse_req_ctx(request);
  struct fuse_entry_param entry;
  struct node *node;
  int error = tree_make(parent, name, S_IFDIR | (mode & 07777), caller->uid, caller->gid, 1, &node);
  if (error) {
    fuse_reply_err(request, error);
  } else {
    fill(&entry, node);
    fuse_reply_entry(request, &entry);
  }
}

static void null_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
                        struct fuse_file_info *info) {
  const struct fuse_ctx *caller = fuse_req_ctx(request);
  struct fuse_entry_param entry;
  struct node *node;
  int error = tree_make(parent, name, S_IFREG | (mode & 07777), caller->uid, caller->gid, 2, &node);
  if (error) {
    fuse_reply_err(request, error);
  } else {
    info->fh = (uintptr_t)node;
    fill(&entry, node);
    fuse_reply_create(request, &entry, info);
  }
}

static void null_unlink(fuse_req_t request, fuse_ino_t parent, const char *name) {
  fuse_reply_err(request, tree_remove(parent, name, false));
}

static void null_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name) {
  fuse_reply_err(request, tree_remove(parent, name, true));
}

static void null_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info) {
  struct node *node = node_of(inode);
  if (!node) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  if (info->flags & O_TRUNC) atomic_store(&node->size, 0);
  atomic_fetch_add(&node->holds, 1);
  info->fh = (uintptr_t)node;
  info->keep_cache = 1;
  fuse_reply_open(request, info);
}

static struct node *opened(struct fuse_file_info *info) {
  return (struct node *)(uintptr_t)info->fh;
}

/* Zeros are written for each read, as a filesystem would write its data. */
static void null_read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
                      struct fuse_file_info *info) {
  static __thread char buffer[MAX_TRANSFER_BYTES];
  (void)inode;
  if (size > sizeof buffer) size = sizeof buffer;
  size_t length = tree_readable(opened(info), size, offset);
  memset(buffer, 0, length);
  __asm__ volatile("" : : "r"(buffer) : "memory");
  fuse_reply_buf(request, buffer, length);
}

static void null_write(fuse_req_t request, fuse_ino_t inode, const char *buffer, size_t size,
                       off_t offset, struct fuse_file_info *info) {
  (void)inode;
  (void)buffer;
  tree_grow(opened(info), offset + (int64_t)size);
  fuse_reply_write(request, size);
}

static void null_flush(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info) {
  (void)inode;
  (void)info;
  fuse_reply_err(request, 0);
}

static void null_fsync(fuse_req_t request, fuse_ino_t inode, int data_only,
                       struct fuse_file_info *info) {
  (void)inode;
  (void)data_only;
  (void)info;
  fuse_reply_err(request, 0);
}

static void null_release(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info) {
  (void)inode;
  tree_drop(opened(info), 1);
  fuse_reply_err(request, 0);
}

static void null_getxattr(fuse_req_t request, fuse_ino_t inode, const char *name, size_t size) {
  (void)inode;
  (void)name;
  (void)size;
  fuse_reply_err(request, ENODATA);
}

static void null_statfs(fuse_req_t request, fuse_ino_t inode) {
  struct statvfs out;
  (void)inode;
  tree_statfs(&out);
  fuse_reply_statfs(request, &out);
}

/* One entry into the buffer; false when it does not fit. */
static bool add(fuse_req_t request, char *buffer, size_t size, size_t *used, const char *name,
                struct node *node, uint64_t cookie, bool plus) {
  struct fuse_entry_param entry;
  size_t length;
  if (plus) {
    if (node) {
      fill(&entry, node);
    } else {
      memset(&entry, 0, sizeof entry); /* "." and "..": the kernel takes no node from them */
      entry.attr.st_mode = S_IFDIR;
    }
    length = fuse_add_direntry_plus(request, buffer + *used, size - *used, name, &entry, (off_t)cookie);
  } else {
    struct stat stat = {.st_ino = node ? node->inode : ROOT, .st_mode = node ? node->mode : S_IFDIR};
    length = fuse_add_direntry(request, buffer + *used, size - *used, name, &stat, (off_t)cookie);
  }
  if (length > size - *used) return false;
  *used += length;
  return true;
}

static void list(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, bool plus) {
  static __thread char buffer[MAX_TRANSFER_BYTES];
  size_t used = 0;
  bool room = true;
  if (size > sizeof buffer) size = sizeof buffer;
  if (offset < 1) room = add(request, buffer, size, &used, ".", NULL, 1, plus);
  if (room && offset < 2) room = add(request, buffer, size, &used, "..", NULL, 2, plus);
  for (uint64_t cookie = (uint64_t)offset; room;) {
    struct node *node = tree_after(inode, cookie);
    if (!node) break;
    room = add(request, buffer, size, &used, node->name, node, node->inode, plus);
    cookie = node->inode;
    /* With attributes an entry counts as looked up, so the hold stays. */
    if (!room || !plus) tree_drop(node, 1);
  }
  fuse_reply_buf(request, buffer, used);
}

static void null_opendir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info) {
  (void)inode;
  fuse_reply_open(request, info);
}

static void null_readdir(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
                         struct fuse_file_info *info) {
  (void)info;
  list(request, inode, size, offset, false);
}

static void null_readdirplus(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset,
                             struct fuse_file_info *info) {
  (void)info;
  list(request, inode, size, offset, true);
}

static void null_releasedir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info) {
  (void)inode;
  (void)info;
  fuse_reply_err(request, 0);
}

static const struct fuse_lowlevel_ops operations = {
    .init = null_init,
    .lookup = null_lookup,
    .forget = null_forget,
    .forget_multi = null_forget_multi,
    .getattr = null_getattr,
    .setattr = null_setattr,
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
    .opendir = null_opendir,
    .readdir = null_readdir,
    .readdirplus = null_readdirplus,
    .releasedir = null_releasedir,
};

int main(int count, char **arguments) {
  unsigned int threads = count == 3 ? (unsigned int)atoi(arguments[2]) : 0;
  if (threads == 0) {
    fprintf(stderr, "usage: null_fuse3 DIR THREADS\n");
    return 2;
  }
  char *options[] = {arguments[0], "-o", "fsname=null,subtype=null_fuse3,default_permissions,allow_other"};
  struct fuse_args args = FUSE_ARGS_INIT(3, options);
  tree_init();
  struct fuse_session *session = fuse_session_new(&args, &operations, sizeof operations, NULL);
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  if (!session || !config || fuse_set_signal_handlers(session) != 0
      || fuse_session_mount(session, arguments[1]) != 0) {
    return 1;
  }
  start_watch(arguments[1]);
  fuse_loop_cfg_set_clone_fd(config, 0);
  fuse_loop_cfg_set_max_threads(config, threads);
  fuse_loop_cfg_set_idle_threads(config, threads);
  int ended = fuse_session_loop_mt(session, config);
  fuse_session_unmount(session);
  return ended < 0 ? 1 : 0;
}
