// SPDX-License-Identifier: Apache-2.0
/*
 * The work whose price TransportBench asks for:
 *   load DIR PID prepare           makes what all rounds read
 *   load DIR PID run SEED MILLIS   one round; a phase that is bounded by time takes MILLIS
 * Prints one line for each phase: its name, operations, nanoseconds of processor time that process PID
 * took for them, nanoseconds by the clock on the wall. Ends with 1 and a line on stderr as soon as
 * something is not as it should be. Must run as root: it drops the kernel's caches.
 *
 * The processor time is what /proc/PID/stat shows as utime and stime, all threads, those that have ended
 * too, but read from the CPU clock of the process (clock_getcpuclockid(3)): nanoseconds, not ticks of 10 ms.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  LARGE = 1 << 20,
  SMALL = 4096,
  FILE_BYTES = 1 << 30,
  LISTED_FILES = 20000,
  NEW_FILES = 4000,
  JOBS = 4,
  WRITERS = 32,
  BURST_MILLIS = 20,
  /* What a daemon does later (forgets, releases) counts for the phase that caused it. */
  SETTLE_STEP_MILLIS = 10,
  SETTLE_STEPS = 100,
  IDLE_NANOS = 200000,
};

static const char *root;
static clockid_t daemon_clock;
static uint64_t seed, limit_nanos;
static const char *phase = "start";
static char files_directory[64];
static int files_made;
static char *buffer;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s: %s\n", phase, what, strerror(errno));
  exit(1);
}

static void expect(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "%s: %s\n", phase, what);
  exit(1);
}

static uint64_t nanos(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) != 0) fail("clock: has the daemon died?");
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void sleep_millis(long millis) {
  struct timespec time = {.tv_sec = millis / 1000, .tv_nsec = millis % 1000 * 1000000};
  nanosleep(&time, NULL);
}

/* splitmix64: http://xoshiro.di.unimi.it/splitmix64.c */
static uint64_t next_random(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* Waits until the daemon has nothing left to do; a daemon that never rests is measured as it is. */
static uint64_t settled_cpu(void) {
  uint64_t before = nanos(daemon_clock);
  for (int step = 0; step < SETTLE_STEPS; step++) {
    sleep_millis(SETTLE_STEP_MILLIS);
    uint64_t after = nanos(daemon_clock);
    if (after - before < IDLE_NANOS) return after;
    before = after;
  }
  return before;
}

static void drop_caches(void) {
  int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "3", 1) != 1) fail("drop_caches");
  close(fd);
}

static const char *path(const char *format, ...) {
  static __thread char text[4096];
  int length = snprintf(text, sizeof text, "%s/", root);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + length, sizeof text - (size_t)length, format, arguments);
  va_end(arguments);
  return text;
}

static int open_file(const char *name, int flags) {
  int fd = open(name, flags | O_CLOEXEC, 0644);
  if (fd < 0) fail(name);
  return fd;
}

static char *aligned(size_t size) {
  void *memory;
  if (posix_memalign(&memory, SMALL, size) != 0) fail("memory");
  memset(memory, 0, size);
  return memory;
}

static void read_zeros(int fd, char *into, size_t size, off_t offset) {
  into[0] = into[size - 1] = 1;
  ssize_t length = pread(fd, into, size, offset);
  if (length < 0) fail("read");
  expect((size_t)length == size, "a short read");
  expect(!into[0] && !into[size - 1], "a read that did not give zeros");
}

static void write_zeros(int fd, const char *from, size_t size, off_t offset) {
  ssize_t length = pwrite(fd, from, size, offset);
  if (length < 0) fail("write");
  expect((size_t)length == size, "a short write");
}

/* Through the large file from its beginning, again and again. */
static uint64_t sequential(int flags, bool writing) {
  int fd = open_file(path("data"), flags);
  uint64_t end = nanos(CLOCK_MONOTONIC) + limit_nanos, done = 0;
  off_t offset = 0;
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  for (; nanos(CLOCK_MONOTONIC) < end; done++) {
    if (offset == FILE_BYTES) {
      posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
      offset = 0;
    }
    if (writing) {
      write_zeros(fd, buffer, LARGE, offset);
    } else {
      read_zeros(fd, buffer, LARGE, offset);
    }
    offset += LARGE;
  }
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  struct stat stat;
  if (fstat(fd, &stat) != 0) fail("stat");
  expect(stat.st_size == FILE_BYTES, "a wrong size of the large file");
  close(fd);
  return done;
}

static uint64_t write_buffered(void) { return sequential(O_WRONLY, true); }
static uint64_t read_buffered(void) { return sequential(O_RDONLY, false); }
static uint64_t write_direct(void) { return sequential(O_WRONLY | O_DIRECT, true); }
static uint64_t read_direct(void) { return sequential(O_RDONLY | O_DIRECT, false); }

static void *random_job(void *argument) {
  uint64_t *job = argument, state = seed * 1000 + *job, done = 0;
  char *into = aligned(SMALL);
  int fd = open_file(path("data"), O_RDONLY | O_DIRECT);
  uint64_t end = nanos(CLOCK_MONOTONIC) + limit_nanos;
  for (; nanos(CLOCK_MONOTONIC) < end; done++) {
    read_zeros(fd, into, SMALL, (off_t)(next_random(&state) % (FILE_BYTES / SMALL)) * SMALL);
  }
  close(fd);
  free(into);
  *job = done;
  return NULL;
}

static uint64_t random_reads(int jobs) {
  pthread_t threads[JOBS];
  uint64_t counts[JOBS], done = 0;
  for (int i = 0; i < jobs; i++) {
    counts[i] = (uint64_t)i;
    expect(pthread_create(&threads[i], NULL, random_job, &counts[i]) == 0, "no thread");
  }
  for (int i = 0; i < jobs; i++) {
    pthread_join(threads[i], NULL);
    done += counts[i];
  }
  return done;
}

static uint64_t random_read_one(void) { return random_reads(1); }
static uint64_t random_read_four(void) { return random_reads(JOBS); }

static uint64_t create_files(void) {
  uint64_t end = nanos(CLOCK_MONOTONIC) + 3 * limit_nanos;
  if (mkdir(path("%s", files_directory), 0755) != 0) fail("mkdir");
  for (files_made = 0; files_made < NEW_FILES && nanos(CLOCK_MONOTONIC) < end; files_made++) {
    int fd = open_file(path("%s/file-%d", files_directory, files_made), O_WRONLY | O_CREAT | O_EXCL);
    write_zeros(fd, buffer, SMALL, 0);
    if (close(fd) != 0) fail("close");
  }
  return (uint64_t)files_made;
}

static int shuffled[NEW_FILES];

static void make_cold_and_shuffle(void) {
  uint64_t state = seed;
  for (int i = 0; i < files_made; i++) shuffled[i] = i;
  for (int i = files_made - 1; i > 0; i--) {
    int other = (int)(next_random(&state) % (uint64_t)(i + 1)), swap = shuffled[i];
    shuffled[i] = shuffled[other];
    shuffled[other] = swap;
  }
  drop_caches();
}

static uint64_t stat_files(void) {
  struct stat stat;
  for (int i = 0; i < files_made; i++) {
    if (lstat(path("%s/file-%d", files_directory, shuffled[i]), &stat) != 0) fail("stat");
    expect(stat.st_size == SMALL && S_ISREG(stat.st_mode), "a wrong size or type of a new file");
  }
  return (uint64_t)files_made;
}

static uint64_t unlink_files(void) {
  for (int i = 0; i < files_made; i++) {
    if (unlink(path("%s/file-%d", files_directory, i)) != 0) fail("unlink");
  }
  if (rmdir(path("%s", files_directory)) != 0) fail("rmdir");
  return (uint64_t)files_made;
}

/* As `ls -l` does: each entry is asked for as soon as it is known. */
static uint64_t list_files(void) {
  uint64_t found = 0;
  struct dirent *entry;
  struct stat stat;
  DIR *directory = opendir(path("list"));
  if (!directory) fail("opendir");
  while ((errno = 0, entry = readdir(directory))) {
    if (entry->d_name[0] == '.') continue;
    if (fstatat(dirfd(directory), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0) fail("stat");
    found++;
  }
  if (errno) fail("readdir");
  closedir(directory);
  expect(found == LISTED_FILES, "a listing with too few or too many names");
  return found;
}

static pthread_barrier_t barrier;
static int bursts;

static void *burst_writer(void *argument) {
  uint64_t *value = argument, wall = 0;
  int number = (int)*value;
  char *from = aligned(SMALL);
  int fd = open_file(path("burst-%d", number), O_WRONLY | O_CREAT | O_DIRECT);
  for (int burst = 0; burst < bursts; burst++) {
    pthread_barrier_wait(&barrier);
    uint64_t begin = nanos(CLOCK_MONOTONIC);
    write_zeros(fd, from, SMALL, (off_t)(burst % 256) * SMALL);
    pthread_barrier_wait(&barrier);
    wall += nanos(CLOCK_MONOTONIC) - begin;
    sleep_millis(BURST_MILLIS);
  }
  close(fd);
  free(from);
  *value = wall;
  return NULL;
}

/* Time on the wall is that of the bursts, from the moment when all are awake, without the sleep. */
static uint64_t burst_wall;

static uint64_t burst_writes(void) {
  pthread_t threads[WRITERS];
  uint64_t values[WRITERS];
  bursts = (int)(limit_nanos / 1000000 / BURST_MILLIS) + 1;
  pthread_barrier_init(&barrier, NULL, WRITERS);
  for (int i = 0; i < WRITERS; i++) {
    values[i] = (uint64_t)i;
    expect(pthread_create(&threads[i], NULL, burst_writer, &values[i]) == 0, "no thread");
  }
  for (int i = 0; i < WRITERS; i++) pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&barrier);
  burst_wall = values[0];
  return (uint64_t)bursts * WRITERS;
}

static void measure(const char *name, void (*before)(void), uint64_t (*work)(void)) {
  phase = name;
  burst_wall = 0;
  if (before) before();
  uint64_t cpu = settled_cpu(), wall = nanos(CLOCK_MONOTONIC);
  uint64_t done = work();
  wall = nanos(CLOCK_MONOTONIC) - wall;
  cpu = settled_cpu() - cpu;
  expect(done > 0, "nothing was done");
  printf("%s %llu %llu %llu\n", name, (unsigned long long)done, (unsigned long long)cpu,
         (unsigned long long)(burst_wall ? burst_wall : wall));
  fflush(stdout);
}

static void prepare(void) {
  phase = "prepare";
  int fd = open_file(path("data"), O_WRONLY | O_CREAT | O_EXCL);
  if (ftruncate(fd, FILE_BYTES) != 0) fail("ftruncate");
  close(fd);
  if (mkdir(path("list"), 0755) != 0) fail("mkdir");
  for (int i = 0; i < LISTED_FILES; i++) {
    close(open_file(path("list/an-entry-of-usual-length-%d", i), O_WRONLY | O_CREAT | O_EXCL));
  }
}

int main(int count, char **arguments) {
  bool run = count == 6 && !strcmp(arguments[3], "run");
  if (!run && !(count == 4 && !strcmp(arguments[3], "prepare"))) {
    fprintf(stderr, "usage: load DIR PID prepare | load DIR PID run SEED MILLIS\n");
    return 2;
  }
  root = arguments[1];
  buffer = aligned(LARGE);
  if (!run) {
    prepare();
    return 0;
  }
  seed = strtoull(arguments[4], NULL, 10);
  limit_nanos = strtoull(arguments[5], NULL, 10) * 1000000;
  snprintf(files_directory, sizeof files_directory, "files-%d", (int)getpid());
  expect(clock_getcpuclockid((pid_t)atoi(arguments[2]), &daemon_clock) == 0, "no such process");
  measure("write", NULL, write_buffered);
  measure("read", NULL, read_buffered);
  measure("write-direct", NULL, write_direct);
  measure("read-direct", NULL, read_direct);
  measure("random-1", NULL, random_read_one);
  measure("random-4", NULL, random_read_four);
  measure("create", NULL, create_files);
  measure("stat", make_cold_and_shuffle, stat_files);
  measure("unlink", NULL, unlink_files);
  measure("list", drop_caches, list_files);
  measure("burst", NULL, burst_writes);
  return 0;
}
