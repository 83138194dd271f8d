/* Decides what time it is for a process that has this preloaded: as many seconds ahead as the time at which the
   file SETTING was changed, as a number. The monotonic clock goes on as it does when a clock is set. */

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    struct stat setting;
    long failed = syscall(SYS_clock_gettime, clock, now);
    int is_set = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (!failed && is_set && !stat(SETTING, &setting)) now->tv_sec += setting.st_mtime;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    int failed = clock_gettime(CLOCK_REALTIME, &exact);
    *now = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
    return failed;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    return now ? *now = exact.tv_sec : exact.tv_sec;
}
