// SPDX-License-Identifier: Apache-2.0
/*
 * Names, numbers and sizes of a filesystem without contents, in memory: what both C filesystems serve.
 * The same as NullFileSystem.java: a write is a size, a read gives zeros, times stand still, cookies of
 * a listing are inode numbers (1 and 2 are "." and "..").
 *
 * Safe for use by several threads. A node lives while it has a name or is held.
 */
#ifndef NULL_TREE_H
#define NULL_TREE_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
  ROOT = 1,
  FIRST = 3,
  /* Inode numbers are not used again; the table takes memory only where it is used. */
  MAX_NODES = 1 << 24,
  BUCKETS = 1 << 17,
  NAME_BYTES = 255,
  CACHE_SECONDS = 3600,
};

struct node {
  uint64_t inode;
  uint64_t parent;
  mode_t mode;
  uid_t uid;
  gid_t gid;
  bool named;
  uint32_t children;
  _Atomic int64_t size;
  _Atomic int64_t holds;
  struct node *next;
  uint32_t hash;
  char name[];
};

static _Atomic(struct node *) nodes[MAX_NODES];
static struct node *buckets[BUCKETS];
static uint64_t next_inode = FIRST;
static pthread_rwlock_t names = PTHREAD_RWLOCK_INITIALIZER;
static struct timespec birth;

static uint32_t hash_of(uint64_t parent, const char *name) {
  uint32_t hash = 2166136261u ^ (uint32_t)parent;
  for (const char *at = name; *at; at++) hash = (hash ^ (unsigned char)*at) * 16777619u;
  return hash;
}

/* Needs the lock. */
static struct node *find(uint64_t parent, const char *name, uint32_t hash) {
  struct node *node = buckets[hash % BUCKETS];
  while (node && (node->hash != hash || node->parent != parent || strcmp(node->name, name) != 0)) {
    node = node->next;
  }
  return node;
}

static struct node *node_of(uint64_t inode) {
  return inode < MAX_NODES ? atomic_load(&nodes[inode]) : NULL;
}

static void tree_init(void) {
  struct node *root = calloc(1, sizeof *root + 1);
  if (!root) abort();
  root->inode = root->parent = ROOT;
  root->mode = S_IFDIR | 0755;
  root->named = true;
  atomic_store(&nodes[ROOT], root);
  clock_gettime(CLOCK_REALTIME, &birth);
}

/* Finds a name; what is found is held `holds` times more. NULL: there is none. */
static struct node *tree_lookup(uint64_t parent, const char *name, int holds) {
  uint32_t hash = hash_of(parent, name);
  pthread_rwlock_rdlock(&names);
  struct node *node = find(parent, name, hash);
  if (node && holds) atomic_fetch_add(&node->holds, holds);
  pthread_rwlock_unlock(&names);
  return node;
}

/* Makes a name; answers an errno. What is made is held `holds` times. */
static int tree_make(uint64_t parent, const char *name, mode_t mode, uid_t uid, gid_t gid, int holds,
                     struct node **made) {
  size_t length = strlen(name);
  if (length > NAME_BYTES) return ENAMETOOLONG;
  struct node *node = calloc(1, sizeof *node + length + 1);
  if (!node) return ENOMEM;
  memcpy(node->name, name, length + 1);
  node->parent = parent;
  node->mode = mode;
  node->uid = uid;
  node->gid = gid;
  node->named = true;
  node->hash = hash_of(parent, name);
  atomic_store(&node->holds, holds);
  int error = 0;
  pthread_rwlock_wrlock(&names);
  struct node *directory = node_of(parent);
  if (!directory || !directory->named) {
    error = ENOENT;
  } else if (!S_ISDIR(directory->mode)) {
    error = ENOTDIR;
  } else if (find(parent, name, node->hash)) {
    error = EEXIST;
  } else if (next_inode == MAX_NODES) {
    error = ENOSPC;
  } else {
    node->inode = next_inode++;
    node->next = buckets[node->hash % BUCKETS];
    buckets[node->hash % BUCKETS] = node;
    directory->children++;
    atomic_store(&nodes[node->inode], node);
  }
  pthread_rwlock_unlock(&names);
  if (error) {
    free(node);
  } else {
    *made = node;
  }
  return error;
}

/* Gives up holds of a node. */
static void tree_drop(struct node *node, int64_t holds) {
  if (atomic_fetch_sub(&node->holds, holds) != holds) return;
  pthread_rwlock_wrlock(&names);
  bool gone = !node->named && atomic_load(&node->holds) == 0;
  if (gone) atomic_store(&nodes[node->inode], NULL);
  pthread_rwlock_unlock(&names);
  if (gone) free(node);
}

/* Removes a name; answers an errno. */
static int tree_remove(uint64_t parent, const char *name, bool directory) {
  uint32_t hash = hash_of(parent, name);
  int error = 0;
  pthread_rwlock_wrlock(&names);
  struct node *node = find(parent, name, hash);
  if (!node) {
    error = ENOENT;
  } else if (directory && !S_ISDIR(node->mode)) {
    error = ENOTDIR;
  } else if (!directory && S_ISDIR(node->mode)) {
    error = EISDIR;
  } else if (node->children) {
    error = ENOTEMPTY;
  } else {
    struct node **at = &buckets[hash % BUCKETS];
    while (*at != node) at = &(*at)->next;
    *at = node->next;
    node_of(parent)->children--;
    node->named = false;
    atomic_fetch_add(&node->holds, 1); /* given up below, where the last one frees it */
  }
  pthread_rwlock_unlock(&names);
  if (!error) tree_drop(node, 1);
  return error;
}

/*
 * The first entry of a directory behind a cookie, held once more; NULL at the end. Inode numbers of a
 * directory that was filled at one go stand together, so that a walk through them is short.
 */
static struct node *tree_after(uint64_t parent, uint64_t cookie) {
  struct node *found = NULL;
  pthread_rwlock_rdlock(&names);
  for (uint64_t at = cookie < FIRST ? FIRST : cookie + 1; at < next_inode && !found; at++) {
    struct node *node = atomic_load(&nodes[at]);
    if (node && node->named && node->parent == parent) found = node;
  }
  if (found) atomic_fetch_add(&found->holds, 1);
  pthread_rwlock_unlock(&names);
  return found;
}

static void tree_stat(struct node *node, struct stat *out) {
  memset(out, 0, sizeof *out);
  out->st_ino = node->inode;
  out->st_mode = node->mode;
  out->st_nlink = !node->named ? 0 : S_ISDIR(node->mode) ? 2 : 1;
  out->st_uid = node->uid;
  out->st_gid = node->gid;
  out->st_size = atomic_load(&node->size);
  out->st_blocks = (out->st_size + 511) / 512;
  out->st_blksize = 4096;
  out->st_atim = out->st_mtim = out->st_ctim = birth;
}

/* A write ends here. */
static void tree_grow(struct node *node, int64_t end) {
  int64_t size = atomic_load(&node->size);
  while (size < end && !atomic_compare_exchange_weak(&node->size, &size, end)) continue;
}

/* Bytes that a read gives. */
static size_t tree_readable(struct node *node, size_t size, int64_t offset) {
  int64_t rest = atomic_load(&node->size) - offset;
  return rest <= 0 ? 0 : (uint64_t)rest < size ? (size_t)rest : size;
}

static void tree_statfs(struct statvfs *out) {
  memset(out, 0, sizeof *out);
  out->f_bsize = out->f_frsize = 4096;
  out->f_blocks = out->f_bfree = out->f_bavail = 1 << 28;
  out->f_files = out->f_ffree = out->f_favail = MAX_NODES;
  out->f_namemax = NAME_BYTES;
}

/* Ends the mount when standard input ends: whoever started this is gone, however it went. */
static void *watch_input(void *mount_point) {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  umount2(mount_point, MNT_DETACH);
  return NULL;
}

/* Signals are left to the thread that runs the session. */
static void start_watch(const char *mount_point) {
  sigset_t all, before;
  pthread_t thread;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (pthread_create(&thread, NULL, watch_input, (void *)(uintptr_t)mount_point) != 0) abort();
  pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

#endif
